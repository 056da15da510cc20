package io.gondola.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * Fields of OpenAI's API that would change the answer and cannot be honoured: a 400 that says so. Fields that change
 * nothing (metadata, store, service_tier, ...) and unknown ones are ignored, as other servers do.
 */
final class UnsupportedFields {

    private static final List<String> LISTS = List.of("tools", "functions");
    private static final List<String> CHOICES = List.of("tool_choice", "function_call");
    private static final List<String> OBJECTS = List.of("audio", "web_search_options");

    private UnsupportedFields() {}

    static void refuse(Fields fields) {
        for (String name : LISTS) {
            JsonNode value = fields.find(name);
            if (value != null && !value.isArray()) {
                throw fields.wrongType(name, "an array", value);
            }
            if (value != null && !value.isEmpty()) {
                throw unsupported(name);
            }
        }
        for (String name : CHOICES) {
            JsonNode value = fields.find(name);
            if (value != null && !"none".equals(value.textValue())) {
                throw Fields.unsupported(name, "'" + name + "' other than 'none' is not supported by this server.");
            }
        }
        for (String name : OBJECTS) {
            if (fields.find(name) != null) {
                throw unsupported(name);
            }
        }
        refuseModalities(fields);
        refuseResponseFormat(fields);
    }

    static ApiException unsupported(String name) {
        return Fields.unsupported(name, "'" + name + "' is not supported by this server.");
    }

    private static void refuseModalities(Fields fields) {
        JsonNode modalities = fields.find("modalities");
        if (modalities == null) {
            return;
        }
        if (!modalities.isArray()) {
            throw fields.wrongType("modalities", "an array", modalities);
        }
        for (JsonNode modality : modalities) {
            if (!"text".equals(modality.textValue())) {
                throw Fields.unsupported(
                        "modalities", "'modalities' other than 'text' are not supported by this server.");
            }
        }
    }

    private static void refuseResponseFormat(Fields fields) {
        Fields format = fields.findObject("response_format");
        if (format == null) {
            return;
        }
        JsonNode type = format.require("type");
        if (!type.isTextual()) {
            throw format.wrongType("type", "a string", type);
        }
        if (!"text".equals(type.textValue())) {
            throw Fields.unsupported(
                    "response_format",
                    "'response_format' of type '" + Shortened.of(type.textValue())
                            + "' is not supported by this server; only 'text' is.");
        }
    }
}
