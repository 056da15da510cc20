package io.gondola.gateway.text;

import org.jspecify.annotations.Nullable;

/** A chat that the model's template refuses, or a template that cannot be rendered; the message is fit for a client. */
public final class ChatTemplateException extends Exception {

    private static final long serialVersionUID = 1;

    public ChatTemplateException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
