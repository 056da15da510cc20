package io.gondola.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** The fields of a request, read by type and range. A field that is null counts as missing; a wrong one is a 400. */
public final class Fields {

    private final ObjectNode node;
    private final String prefix;

    public Fields(ObjectNode node) {
        this(node, "");
    }

    private Fields(ObjectNode node, String prefix) {
        this.node = node;
        this.prefix = prefix;
    }

    /** The field, or null when it is missing or null. */
    @Nullable
    JsonNode find(String name) {
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? null : value;
    }

    public JsonNode require(String name) {
        JsonNode value = find(name);
        if (value == null) {
            throw ApiException.invalid(
                    prefix + name,
                    "missing_required_parameter",
                    "Missing required parameter: '" + prefix + name + "'.");
        }
        return value;
    }

    /** The fields of an object inside this one, or null when it is missing. */
    @Nullable
    Fields findObject(String name) {
        JsonNode value = find(name);
        if (value == null) {
            return null;
        }
        if (value instanceof ObjectNode object) {
            return new Fields(object, prefix + name + ".");
        }
        throw wrongType(name, "an object", value);
    }

    public @Nullable String string(String name, int charsMax) {
        JsonNode value = find(name);
        if (value == null) {
            return null;
        }
        if (!value.isTextual()) {
            throw wrongType(name, "a string", value);
        }
        if (value.textValue().length() > charsMax) {
            throw ApiException.invalid(
                    prefix + name,
                    "string_above_max_length",
                    "Invalid '" + prefix + name + "': string too long. Expected a string with maximum length "
                            + charsMax + ", but got a string with length "
                            + value.textValue().length() + " instead.");
        }
        return value.textValue();
    }

    boolean flag(String name) {
        JsonNode value = find(name);
        if (value == null) {
            return false;
        }
        if (!value.isBoolean()) {
            throw wrongType(name, "a boolean", value);
        }
        return value.booleanValue();
    }

    /** An integer from {@code min} to {@code max}; one beyond {@code long} is out of range like any other. */
    public @Nullable Long integer(String name, long min, long max) {
        JsonNode value = find(name);
        if (value == null) {
            return null;
        }
        if (!value.isIntegralNumber()) {
            throw wrongType(name, "an integer", value);
        }
        boolean below = value.canConvertToLong()
                ? value.longValue() < min
                : value.bigIntegerValue().signum() < 0;
        boolean above = value.canConvertToLong() ? value.longValue() > max : !below;
        if (below || above) {
            throw outOfRange(name, "integer", below, below ? ">= " + min : "<= " + max, value);
        }
        return value.longValue();
    }

    /** A number from {@code min} to {@code max}. */
    @Nullable
    Double number(String name, double min, double max) {
        JsonNode value = find(name);
        return value == null ? null : inRange(prefix + name, value, min, max);
    }

    /** The value of a number field from {@code min} to {@code max}. */
    static double inRange(String param, JsonNode value, double min, double max) {
        if (!value.isNumber()) {
            throw wrongTypeAt(param, "a decimal", value);
        }
        double number = value.doubleValue();
        if (!(number >= min && number <= max)) {
            boolean below = number < min;
            throw outOfRangeAt(param, "decimal", below, below ? ">= " + plain(min) : "<= " + plain(max), value);
        }
        return number;
    }

    ApiException outOfRange(String name, String kind, boolean below, String expected, JsonNode value) {
        return outOfRangeAt(prefix + name, kind, below, expected, value);
    }

    private static ApiException outOfRangeAt(
            String param, String kind, boolean below, String expected, JsonNode value) {
        return ApiException.invalid(
                param,
                kind + (below ? "_below_min_value" : "_above_max_value"),
                "Invalid '" + param + "': " + kind + (below ? " below minimum" : " above maximum")
                        + " value. Expected a value " + expected + ", but got " + shown(value) + " instead.");
    }

    ApiException wrongType(String name, String expected, JsonNode value) {
        return wrongTypeAt(prefix + name, expected, value);
    }

    public static ApiException wrongTypeAt(String param, String expected, JsonNode value) {
        return ApiException.invalid(
                param,
                "invalid_type",
                "Invalid type for '" + param + "': expected " + expected + ", but got " + typeOf(value) + " instead.");
    }

    static ApiException unsupported(String param, String message) {
        return ApiException.invalid(param, "unsupported_parameter", message);
    }

    private static String typeOf(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "an array";
            case BOOLEAN -> "a boolean";
            case NUMBER -> value.isIntegralNumber() ? "an integer" : "a decimal";
            case OBJECT, POJO -> "an object";
            case STRING, BINARY -> "a string";
            case NULL, MISSING -> "null";
        };
    }

    private static String shown(JsonNode number) {
        String text = number.asText();
        return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }

    private static String plain(double bound) {
        return bound == Math.rint(bound) ? String.valueOf((long) bound) : String.valueOf(bound);
    }
}
