package io.gondola.launch;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The settings in a YAML file: a flat map from option names to values. */
final class ConfigFile {

    /** Larger than this, it is some other file. */
    private static final long FILE_BYTES_MAX = 1_000_000;

    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // 'log-level: off' means the word.
                    .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private ConfigFile() {}

    /** @param path where the file is, and who said so */
    static Map<Setting, List<Given>> read(Given path) throws UsageException {
        Map<Setting, List<Given>> given = new EnumMap<>(Setting.class);
        JsonNode root = parse(path);
        if (root.isMissingNode() || root.isNull()) {
            return given;
        }
        if (!root.isObject()) {
            throw new UsageException(path.text(), "expected lines of the form 'port: 8081'");
        }
        for (Map.Entry<String, JsonNode> entry : root.properties()) {
            given.put(setting(path.text(), entry.getKey()), values(path.text(), entry.getKey(), entry.getValue()));
        }
        return given;
    }

    private static JsonNode parse(Given path) throws UsageException {
        try {
            Path file = Path.of(path.text());
            if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                throw path.wrong(path.text() + ": no such file, or not readable");
            }
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw path.wrong(path.text() + ": larger than " + FILE_BYTES_MAX + " bytes");
            }
            return YAML.readTree(Files.readString(file));
        } catch (JsonProcessingException bad) {
            JsonLocation at = bad.getLocation();
            String line = at == null ? "" : "line " + at.getLineNr() + ": ";
            throw new UsageException(path.text(), line + "not valid YAML: " + bad.getOriginalMessage());
        } catch (CharacterCodingException notText) {
            throw path.wrong(path.text() + ": not UTF-8 text");
        } catch (IOException | IllegalArgumentException unreadable) {
            throw path.wrong(path.text() + ": cannot be read: " + unreadable.getMessage());
        }
    }

    private static Setting setting(String file, String key) throws UsageException {
        for (Setting setting : Setting.values()) {
            if (setting.key().equals(key) && setting != Setting.CONFIG) {
                return setting;
            }
        }
        String known = Arrays.stream(Setting.values())
                .filter(setting -> setting != Setting.CONFIG)
                .map(Setting::key)
                .collect(Collectors.joining(", "));
        throw new UsageException(file, "unknown key '" + key + "'; known are " + known);
    }

    private static List<Given> values(String file, String key, JsonNode node) throws UsageException {
        List<Given> values = new ArrayList<>();
        boolean isList = node.isArray() && setting(file, key).isRepeatable() && !node.isEmpty();
        for (JsonNode value : isList ? node : List.of(node)) {
            if (!value.isValueNode() || value.isNull()) {
                throw new UsageException(file + ": " + key, "expected a value" + (isList ? " in each line" : ""));
            }
            values.add(new Given(file + ": " + key, value.asText()));
        }
        return values;
    }
}
