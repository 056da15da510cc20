package io.gondola.gateway.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A JSON file of a model directory, read whole. Every complaint names the file and what was expected there.
 *
 * @param path the file
 * @param json its object
 */
record ModelFile(Path path, ObjectNode json) {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** A file that must be there. */
    static ModelFile read(Path path) throws ModelFilesException {
        return parse(path, bytes(path));
    }

    /** A file that may be missing: then an empty object. */
    static ModelFile readOptional(Path path) throws ModelFilesException {
        return Files.exists(path) ? read(path) : new ModelFile(path, MAPPER.createObjectNode());
    }

    static byte[] bytes(Path path) throws ModelFilesException {
        if (!Files.exists(path)) {
            throw new ModelFilesException(path, "file not found; a Hugging Face model directory has one");
        }
        if (Files.isDirectory(path)) {
            throw new ModelFilesException(path, "is a directory; expected a file");
        }
        try {
            return Files.readAllBytes(path);
        } catch (IOException | OutOfMemoryError e) {
            throw new ModelFilesException(path, "cannot be read: " + e, e);
        }
    }

    static String text(Path path) throws ModelFilesException {
        return new String(bytes(path), StandardCharsets.UTF_8);
    }

    static ModelFile parse(Path path, byte[] bytes) throws ModelFilesException {
        try {
            if (MAPPER.readTree(bytes) instanceof ObjectNode object) {
                return new ModelFile(path, object);
            }
            throw new ModelFilesException(path, "expected a JSON object");
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new ModelFilesException(path, "not valid JSON in line " + line + ": " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelFilesException(path, "cannot be read: " + e, e);
        }
    }

    ModelFilesException expected(String what) {
        return new ModelFilesException(path, what);
    }

    /** The first of these fields that is there and not null, or null. */
    @Nullable
    JsonNode find(String... names) {
        for (String name : names) {
            JsonNode value = json.get(name);
            if (value != null && !value.isNull()) {
                return value;
            }
        }
        return null;
    }

    /** A positive integer under one of these names. */
    int requirePositiveInt(String... names) throws ModelFilesException {
        JsonNode value = find(names);
        if (value == null) {
            throw expected("no field " + String.join(" or ", names));
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() <= 0) {
            throw expected(names[0] + " must be a positive integer, not " + value);
        }
        return value.intValue();
    }

    /** A finite number in a range, or the default where the field is missing. */
    double number(String name, double min, double max, double missing) throws ModelFilesException {
        JsonNode value = find(name);
        if (value == null) {
            return missing;
        }
        if (!value.isNumber() || !(value.doubleValue() >= min && value.doubleValue() <= max)) {
            throw expected(name + " must be a number from " + min + " to " + max + ", not " + value);
        }
        return value.doubleValue();
    }

    /** A boolean, or null where the field is missing. */
    @Nullable
    Boolean optionalBoolean(String name) throws ModelFilesException {
        JsonNode value = find(name);
        if (value == null) {
            return null;
        }
        if (!value.isBoolean()) {
            throw expected(name + " must be true or false, not " + value);
        }
        return value.booleanValue();
    }

    /** Token ids: a number or a list of numbers; null where the field is missing. */
    int @Nullable [] tokenIds(String name, int vocabularySize) throws ModelFilesException {
        JsonNode value = find(name);
        if (value == null) {
            return null;
        }
        List<JsonNode> ids = new ArrayList<>();
        if (value.isArray()) {
            value.forEach(ids::add);
        } else {
            ids.add(value);
        }
        int[] result = new int[ids.size()];
        for (int i = 0; i < result.length; i++) {
            JsonNode id = ids.get(i);
            if (!id.isIntegralNumber()
                    || !id.canConvertToInt()
                    || id.intValue() < 0
                    || id.intValue() >= vocabularySize) {
                throw expected(name + " must be a token id below " + vocabularySize + " or a list of them, not " + id);
            }
            result[i] = id.intValue();
        }
        return result;
    }

    /** A token's text: a string, or an object with {@code content}; null where the field is missing. */
    @Nullable
    String tokenContent(String name) {
        JsonNode value = find(name);
        if (value == null) {
            return null;
        }
        JsonNode content = value.isObject() ? value.get("content") : value;
        return content != null && content.isTextual() ? content.textValue() : null;
    }
}
