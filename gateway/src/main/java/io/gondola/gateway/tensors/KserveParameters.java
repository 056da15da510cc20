package io.gondola.gateway.tensors;

import com.fasterxml.jackson.databind.JsonNode;
import io.gondola.gateway.openai.ApiException;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;

/**
 * The {@code parameters} of a request, an input or an output of the Open Inference Protocol, in whichever form they came:
 * truth values, numbers and texts by name. One of the wrong type is a 400 that names it.
 */
public final class KserveParameters {

    private final String param;
    private final Map<String, ?> values;

    /**
     * Of any form.
     *
     * @param param where they stand in the request
     * @param values of type Boolean, String or Number; anything else is the wrong type for all there is
     */
    public KserveParameters(String param, Map<String, ?> values) {
        this.param = param;
        this.values = values;
    }

    /** The field {@code parameters} of a JSON object. */
    static KserveParameters of(JsonNode owner, String param) {
        JsonNode parameters = owner.path("parameters");
        if (!parameters.isMissingNode() && !parameters.isObject()) {
            throw ApiException.invalid(param, param + " must be an object");
        }
        Map<String, Object> values = new HashMap<>();
        parameters.fields().forEachRemaining(field -> values.put(field.getKey(), toValue(field.getValue())));
        return new KserveParameters(param, values);
    }

    private static Object toValue(JsonNode value) {
        if (value.isBoolean()) {
            return value.booleanValue();
        } else if (value.isNumber()) {
            return value.numberValue();
        }
        return value.isTextual() ? value.textValue() : value;
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    public boolean flag(String key, boolean byDefault) {
        Object value = values.get(key);
        if (value == null) {
            return byDefault;
        }
        if (!(value instanceof Boolean flag)) {
            throw wrong(key, "true or false");
        }
        return flag;
    }

    String text(String key, String byDefault) {
        Object value = values.get(key);
        if (value == null) {
            return byDefault;
        }
        if (!(value instanceof String text)) {
            throw wrong(key, "a string");
        }
        return text;
    }

    /** Between the bounds, both included. */
    long wholeNumber(String key, long min, long max, long byDefault) {
        Object value = values.get(key);
        if (value == null) {
            return byDefault;
        }
        boolean isWhole = value instanceof Integer || value instanceof Long || value instanceof BigInteger;
        BigInteger number = isWhole
                ? new BigInteger(value.toString())
                : BigInteger.valueOf(min).subtract(BigInteger.ONE);
        if (number.compareTo(BigInteger.valueOf(min)) < 0) {
            throw wrong(key, "a whole number from " + min);
        }
        if (number.compareTo(BigInteger.valueOf(max)) > 0) {
            throw wrong(key, "a whole number from " + min + " to " + max);
        }
        return number.longValue();
    }

    /** Where a parameter stands in the request. */
    public String pathOf(String key) {
        return param + "." + key;
    }

    private ApiException wrong(String key, String expected) {
        return ApiException.invalid(pathOf(key), pathOf(key) + " must be " + expected);
    }
}
