package io.gondola.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.gondola.gateway.text.WellFormedText;
import java.util.ArrayList;
import java.util.List;

/** The field {@code stop}: a string or a list of them. */
final class StopFields {

    private StopFields() {}

    static List<String> parse(Fields fields, RequestLimits limits) {
        JsonNode value = fields.find("stop");
        if (value == null) {
            return List.of();
        }
        if (value.isTextual()) {
            return List.of(checked(value, "stop", limits));
        }
        if (!value.isArray()) {
            throw fields.wrongType("stop", "a string or an array of strings", value);
        }
        if (value.size() > limits.stopStringsMax()) {
            throw ApiException.invalid(
                    "stop",
                    "array_above_max_length",
                    "Invalid 'stop': array too long. Expected an array with maximum length "
                            + limits.stopStringsMax() + ", but got an array with length " + value.size()
                            + " instead.");
        }
        List<String> stops = new ArrayList<>(value.size());
        for (int i = 0; i < value.size(); i++) {
            String stop = checked(value.get(i), "stop[" + i + "]", limits);
            if (!stops.contains(stop)) {
                stops.add(stop);
            }
        }
        return stops;
    }

    private static String checked(JsonNode value, String param, RequestLimits limits) {
        if (!value.isTextual()) {
            throw Fields.wrongTypeAt(param, "a string", value);
        }
        String stop = value.textValue();
        if (stop.isEmpty()) {
            throw ApiException.invalid(
                    param, "empty_string", "Invalid '" + param + "': a stop string must not be empty.");
        }
        if (!WellFormedText.isWellFormed(stop)) {
            throw ApiException.invalid(
                    param, "invalid_string", "Invalid '" + param + "': a stop string must be valid Unicode.");
        }
        if (stop.length() > limits.stopStringCharsMax()) {
            throw ApiException.invalid(
                    param,
                    "string_above_max_length",
                    "Invalid '" + param + "': string too long. Expected a string with maximum length "
                            + limits.stopStringCharsMax() + ", but got a string with length " + stop.length()
                            + " instead.");
        }
        return stop;
    }
}
