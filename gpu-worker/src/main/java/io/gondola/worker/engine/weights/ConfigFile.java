package io.gondola.worker.engine.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gondola.worker.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A JSON object from a model directory, such as config.json or an object inside it, read field by field. Each getter
 * checks type and range, and its error names file, field, what was expected, and what stands there.
 */
public final class ConfigFile {

    /** The largest real one (an index of many shards) takes a few megabytes. */
    static final long FILE_BYTES_MAX = 64L << 20;

    private static final int SHOWN_CHARACTERS_MAX = 80;

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final String prefix;
    private final JsonNode root;

    private ConfigFile(Path file, String prefix, JsonNode root) {
        this.file = file;
        this.prefix = prefix;
        this.root = root;
    }

    public static ConfigFile read(Path file) throws EngineException {
        SafetensorsHeader.requireFile(file);
        try {
            long sizeBytes = Files.size(file);
            if (sizeBytes == 0) {
                throw new EngineException(file + ": the file is empty, expected a JSON object");
            }
            if (sizeBytes > FILE_BYTES_MAX) {
                throw new EngineException(
                        file + ": " + sizeBytes + " bytes, at most " + FILE_BYTES_MAX + " are allowed");
            }
            JsonNode root = JSON.readTree(Files.readAllBytes(file));
            if (root == null || !root.isObject()) {
                throw new EngineException(file + ": not a JSON object");
            }
            return new ConfigFile(file, "", root);
        } catch (JsonProcessingException e) {
            throw new EngineException(file + ": not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new EngineException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    public Path file() {
        return file;
    }

    /** Whether the field is there and not null. */
    public boolean has(String field) {
        return root.hasNonNull(field);
    }

    public int requireInt(String field, int min, int max) throws EngineException {
        JsonNode node = root.path(field);
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < min || node.intValue() > max) {
            throw wrong(field, "a whole number from " + min + " to " + max, node);
        }
        return node.intValue();
    }

    /** Empty where the field is absent or null. */
    public OptionalInt optionalInt(String field, int min, int max) throws EngineException {
        return has(field) ? OptionalInt.of(requireInt(field, min, max)) : OptionalInt.empty();
    }

    /** A finite number of {@code [min, max]}, or the default where the field is absent or null. */
    public double number(String field, double min, double max, double byDefault) throws EngineException {
        if (!has(field)) {
            return byDefault;
        }
        JsonNode node = root.path(field);
        if (!node.isNumber() || !(node.doubleValue() >= min && node.doubleValue() <= max)) {
            throw wrong(field, "a number from " + min + " to " + max, node);
        }
        return node.doubleValue();
    }

    public double requireNumber(String field, double min, double max) throws EngineException {
        if (!has(field)) {
            throw wrong(field, "a number from " + min + " to " + max, root.path(field));
        }
        return number(field, min, max, min);
    }

    /** A truth value, or the default where the field is absent or null. */
    public boolean flag(String field, boolean byDefault) throws EngineException {
        if (!has(field)) {
            return byDefault;
        }
        JsonNode node = root.path(field);
        if (!node.isBoolean()) {
            throw wrong(field, "true or false", node);
        }
        return node.booleanValue();
    }

    /** Empty where the field is absent or null. */
    public Optional<String> text(String field) throws EngineException {
        if (!has(field)) {
            return Optional.empty();
        }
        JsonNode node = root.path(field);
        if (!node.isTextual()) {
            throw wrong(field, "a string", node);
        }
        return Optional.of(node.textValue());
    }

    /** A list of strings; empty where the field is absent or null. */
    public List<String> texts(String field) throws EngineException {
        List<String> texts = new ArrayList<>();
        if (has(field)) {
            JsonNode node = root.path(field);
            if (!node.isArray()) {
                throw wrong(field, "a list of strings", node);
            }
            for (JsonNode element : node) {
                if (!element.isTextual()) {
                    throw wrong(field, "a list of strings", node);
                }
                texts.add(element.textValue());
            }
        }
        return texts;
    }

    /** A list of whole numbers, or one that stands for a list of one; empty where the field is absent or null. */
    public List<Integer> integers(String field, int min, int max) throws EngineException {
        List<Integer> numbers = new ArrayList<>();
        if (has(field)) {
            JsonNode node = root.path(field);
            for (JsonNode element : node.isArray() ? node : List.of(node)) {
                if (!element.isIntegralNumber()
                        || !element.canConvertToInt()
                        || element.intValue() < min
                        || element.intValue() > max) {
                    throw wrong(field, "a whole number from " + min + " to " + max + ", or a list of them", node);
                }
                numbers.add(element.intValue());
            }
        }
        return numbers;
    }

    /** The object in a field; empty where the field is absent or null. */
    public Optional<ConfigFile> object(String field) throws EngineException {
        if (!has(field)) {
            return Optional.empty();
        }
        JsonNode node = root.path(field);
        if (!node.isObject()) {
            throw wrong(field, "an object", node);
        }
        return Optional.of(new ConfigFile(file, prefix + field + ".", node));
    }

    /** Names of the fields, in the order of the file. */
    public List<String> fields() {
        List<String> names = new ArrayList<>();
        root.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** An error about this file, for checks that concern several fields. */
    public EngineException error(String what) {
        return new EngineException(file + ": " + what);
    }

    /** More tokens were asked for than the model has positions. */
    public EngineException shorterContext(int own, int wanted) {
        return error(
                "the model's context is " + own + " tokens, less than the " + wanted + " asked for (--max-context)");
    }

    private EngineException wrong(String field, String expected, JsonNode node) {
        return error(prefix + field + " must be " + expected + ", "
                + (node.isMissingNode() ? "but is missing" : "is " + shown(node)));
    }

    /** What stands there, short enough for a message. */
    static String shown(JsonNode node) {
        if (node.isMissingNode()) {
            return "missing";
        }
        String text = node.toString();
        return text.length() <= SHOWN_CHARACTERS_MAX ? text : text.substring(0, SHOWN_CHARACTERS_MAX) + "...";
    }
}
