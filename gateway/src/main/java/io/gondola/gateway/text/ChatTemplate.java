package io.gondola.gateway.text;

import java.util.List;

/** A model's chat template: turns messages into the prompt text that the model was trained on. Thread-safe. */
public final class ChatTemplate {

    /** The prompt text, with the opening of the assistant's answer at its end. */
    public String render(List<ChatMessage> messages) throws ChatTemplateException {
        throw new UnsupportedOperationException();
    }
}
