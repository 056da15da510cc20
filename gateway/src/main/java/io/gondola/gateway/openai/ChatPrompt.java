package io.gondola.gateway.openai;

import io.gondola.gateway.text.ChatMessage;
import io.gondola.gateway.text.ChatTemplateException;
import io.gondola.gateway.text.ServedModel;
import java.util.List;

/** The prompt of a chat. */
final class ChatPrompt {

    private ChatPrompt() {}

    static int[] encode(ServedModel model, List<ChatMessage> messages, PromptBuilder prompts, String param) {
        if (!model.hasChatTemplate()) {
            throw ApiException.invalid(
                    param,
                    "no_chat_template",
                    "The model '" + model.name() + "' has no chat template. Use /v1/completions with it.");
        }
        try {
            List<String> pieces = model.renderChat(messages);
            prompts.requirePlausibleLength(pieces);
            return model.encodePieces(pieces);
        } catch (ChatTemplateException e) {
            throw ApiException.invalid(param, "invalid_chat", String.valueOf(e.getMessage()));
        }
    }
}
