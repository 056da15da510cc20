package io.gondola.gateway.text;

/** What a chat template says with {@code raise_exception}: words of the model's author, meant for the caller. */
final class TemplateRefusal extends RuntimeException {

    private static final long serialVersionUID = 1;

    TemplateRefusal(String message) {
        super(message, null, false, false);
    }
}
