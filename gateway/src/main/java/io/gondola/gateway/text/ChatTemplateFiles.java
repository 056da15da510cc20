package io.gondola.gateway.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds a model's chat template: {@code chat_template.jinja} beside the configuration, or {@code chat_template} in
 * tokenizer_config.json, which is a string or a list of named ones ({@code default} is for chats).
 */
final class ChatTemplateFiles {

    private static final String[] TOKEN_VARIABLES = {
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"
    };

    private ChatTemplateFiles() {}

    /** The template, or null where the model has none: it cannot chat. */
    static @Nullable ChatTemplate load(Path dir, ModelFile tokenizerConfig) throws ModelFilesException {
        Path file = dir.resolve("chat_template.jinja");
        boolean isFile = Files.exists(file);
        String source = isFile ? ModelFile.text(file) : inConfig(tokenizerConfig);
        if (source == null) {
            return null;
        }
        Map<String, String> tokens = new HashMap<>();
        for (String variable : TOKEN_VARIABLES) {
            String content = tokenizerConfig.tokenContent(variable);
            if (content != null) {
                tokens.put(variable, content);
            }
        }
        try {
            return ChatTemplate.parse(source, tokens);
        } catch (ChatTemplateException e) {
            throw new ModelFilesException(
                    isFile ? file : tokenizerConfig.path(), "chat_template cannot be used: " + e.getMessage(), e);
        }
    }

    private static @Nullable String inConfig(ModelFile config) throws ModelFilesException {
        JsonNode node = config.find("chat_template");
        if (node == null) {
            return null;
        }
        if (node.isTextual()) {
            return node.textValue();
        }
        if (!node.isArray() || node.isEmpty()) {
            throw config.expected("chat_template must be a string or a list of named templates");
        }
        JsonNode chosen = null;
        for (JsonNode named : node) {
            if (!named.path("name").isTextual() || !named.path("template").isTextual()) {
                throw config.expected("each entry of chat_template must have a name and a template");
            }
            if (chosen == null || "default".equals(named.path("name").textValue())) {
                chosen = named;
            }
        }
        return chosen == null ? null : chosen.path("template").textValue();
    }
}
