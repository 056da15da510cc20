package io.gondola.worker.repository;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The keys of one part of a file, read by type and range; a wrong one is an IllegalArgumentException that names it. */
final class YamlFields {

    private final ObjectNode node;
    private final String prefix;
    private final Set<String> read = new HashSet<>();

    YamlFields(ObjectNode node, String prefix) {
        this.node = node;
        this.prefix = prefix;
    }

    boolean has(String key) {
        return node.hasNonNull(key);
    }

    private JsonNode take(String key) {
        read.add(key);
        JsonNode value = node.get(key);
        return value == null ? JsonNodeFactory.instance.nullNode() : value;
    }

    /** The part under this key; an empty one where there is none. */
    YamlFields object(String key) {
        JsonNode value = take(key);
        if (value.isNull()) {
            return new YamlFields(JsonNodeFactory.instance.objectNode(), prefix + key + ".");
        }
        if (value instanceof ObjectNode object) {
            return new YamlFields(object, prefix + key + ".");
        }
        throw wrong(key, "keys and values");
    }

    int integer(String key, int min, int max, int byDefault) {
        JsonNode value = take(key);
        return value.isNull() ? byDefault : integer(key, value, min, max);
    }

    private int integer(String key, JsonNode value, int min, int max) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
            throw wrong(key, "a whole number from " + min + " to " + max);
        }
        return value.intValue();
    }

    boolean flag(String key, boolean byDefault) {
        JsonNode value = take(key);
        if (!value.isNull() && !value.isBoolean()) {
            throw wrong(key, "true or false");
        }
        return value.isNull() ? byDefault : value.booleanValue();
    }

    <E extends Enum<E>> E choice(String key, E[] choices, E byDefault) {
        JsonNode value = take(key);
        return value.isNull() ? byDefault : constant(prefix + key, value.asText(), choices);
    }

    static <E extends Enum<E>> E constant(String name, String word, E[] choices) {
        for (E choice : choices) {
            if (choice.name().equalsIgnoreCase(word)) {
                return choice;
            }
        }
        String known = Arrays.stream(choices)
                .map(choice -> choice.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        throw new IllegalArgumentException(name + ": expected one of " + known + ", not '" + word + "'");
    }

    int[] integers(String key) {
        List<Integer> values = new ArrayList<>();
        for (JsonNode value : list(key)) {
            values.add(integer(key, value, 1, Integer.MAX_VALUE));
        }
        return values.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Empty where there is none. */
    String text(String key) {
        JsonNode value = take(key);
        if (!value.isNull() && !value.isTextual()) {
            throw wrong(key, "a text");
        }
        return value.isNull() ? "" : value.textValue();
    }

    List<String> words(String key) {
        List<String> values = new ArrayList<>();
        list(key).forEach(value -> values.add(value.asText()));
        return values;
    }

    private Iterable<JsonNode> list(String key) {
        JsonNode value = take(key);
        if (!value.isNull() && !value.isArray()) {
            throw wrong(key, "a list");
        }
        return value;
    }

    Map<String, Double> numbers(String key) {
        Map<String, Double> values = new LinkedHashMap<>();
        object(key).node.fields().forEachRemaining(entry -> {
            if (!entry.getValue().isNumber()) {
                throw wrong(key + "." + entry.getKey(), "a number");
            }
            values.put(entry.getKey(), entry.getValue().doubleValue());
        });
        return values;
    }

    Map<String, String> texts(String key) {
        Map<String, String> values = new LinkedHashMap<>();
        object(key).node.fields().forEachRemaining(entry -> {
            if (!entry.getValue().isTextual()) {
                throw wrong(key + "." + entry.getKey(), "a name");
            }
            values.put(entry.getKey(), entry.getValue().textValue());
        });
        return values;
    }

    /** Refuses keys that nobody asked for. */
    void requireAllRead() {
        node.fieldNames().forEachRemaining(key -> {
            if (!read.contains(key)) {
                throw new IllegalArgumentException("unknown key " + prefix + key);
            }
        });
    }

    private IllegalArgumentException wrong(String key, String expected) {
        return new IllegalArgumentException(prefix + key + ": expected " + expected);
    }
}
