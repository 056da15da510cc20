package io.gondola.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.gondola.gateway.text.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The {@code messages} of a chat. */
final class ChatMessages {

    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool");

    private ChatMessages() {}

    static List<ChatMessage> parse(Fields fields, int messagesMax) {
        JsonNode messages = fields.require("messages");
        if (!messages.isArray()) {
            throw fields.wrongType("messages", "an array of objects", messages);
        }
        if (messages.isEmpty()) {
            throw ApiException.invalid(
                    "messages",
                    "empty_array",
                    "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array"
                            + " instead.");
        }
        if (messages.size() > messagesMax) {
            throw ApiException.invalid(
                    "messages",
                    "array_above_max_length",
                    "Invalid 'messages': array too long. Expected an array with maximum length " + messagesMax
                            + ", but got an array with length " + messages.size() + " instead.");
        }
        List<ChatMessage> parsed = new ArrayList<>(messages.size());
        for (int i = 0; i < messages.size(); i++) {
            parsed.add(message(messages.get(i), "messages[" + i + "]"));
        }
        return parsed;
    }

    private static ChatMessage message(JsonNode message, String path) {
        if (!message.isObject()) {
            throw Fields.wrongTypeAt(path, "an object", message);
        }
        String role = role(message, path);
        for (String name : List.of("tool_calls", "function_call", "audio")) {
            JsonNode value = message.get(name);
            if (value != null && !value.isNull() && !(value.isArray() && value.isEmpty())) {
                throw UnsupportedFields.unsupported(path + "." + name);
            }
        }
        return new ChatMessage(role, content(message, role, path + ".content"));
    }

    private static String role(JsonNode message, String path) {
        JsonNode role = message.get("role");
        if (role == null || role.isNull()) {
            throw ApiException.invalid(
                    path + ".role", "missing_required_parameter", "Missing required parameter: '" + path + ".role'.");
        }
        if (!role.isTextual()) {
            throw Fields.wrongTypeAt(path + ".role", "a string", role);
        }
        if (!ROLES.contains(role.textValue())) {
            throw ApiException.invalid(
                    path + ".role",
                    "invalid_value",
                    "Invalid value: '" + Shortened.of(role.textValue())
                            + "'. Supported values are: 'system', 'developer', 'user', 'assistant', and 'tool'.");
        }
        return role.textValue();
    }

    private static String content(JsonNode message, String role, String path) {
        JsonNode content = message.get("content");
        if (content == null || content.isNull()) {
            if (role.equals("assistant")) {
                return "";
            }
            throw content == null
                    ? ApiException.invalid(
                            path, "missing_required_parameter", "Missing required parameter: '" + path + "'.")
                    : Fields.wrongTypeAt(path, "a string or an array of text parts", content);
        }
        if (content.isTextual()) {
            return content.textValue();
        }
        if (!content.isArray()) {
            throw Fields.wrongTypeAt(path, "a string or an array of text parts", content);
        }
        if (content.isEmpty()) {
            throw ApiException.invalid(
                    path, "empty_array", "Invalid '" + path + "': empty array. Expected at least one part.");
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < content.size(); i++) {
            text.append(part(content.get(i), role, path + "[" + i + "]"));
        }
        return text.toString();
    }

    private static String part(JsonNode part, String role, String path) {
        if (!part.isObject()) {
            throw Fields.wrongTypeAt(path, "an object", part);
        }
        JsonNode type = part.get("type");
        if (type == null || type.isNull()) {
            throw ApiException.invalid(
                    path + ".type", "missing_required_parameter", "Missing required parameter: '" + path + ".type'.");
        }
        if (!type.isTextual()) {
            throw Fields.wrongTypeAt(path + ".type", "a string", type);
        }
        boolean refusal = role.equals("assistant") && "refusal".equals(type.textValue());
        if (!refusal && !"text".equals(type.textValue())) {
            throw ApiException.invalid(
                    path + ".type",
                    "unsupported_value",
                    "Invalid value: '" + Shortened.of(type.textValue())
                            + "'. Only parts of type 'text' are supported by this server.");
        }
        String name = refusal ? "refusal" : "text";
        JsonNode text = part.get(name);
        if (text == null || text.isNull()) {
            throw ApiException.invalid(
                    path + "." + name,
                    "missing_required_parameter",
                    "Missing required parameter: '" + path + "." + name + "'.");
        }
        if (!text.isTextual()) {
            throw Fields.wrongTypeAt(path + "." + name, "a string", text);
        }
        return text.textValue();
    }
}
