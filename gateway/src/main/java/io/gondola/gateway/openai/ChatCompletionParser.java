package io.gondola.gateway.openai;

import io.gondola.gateway.text.ChatMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /v1/chat/completions} to a valid request, tokenised. Thread-safe; CPU work in proportion to
 * the body's size, so large bodies belong off the event loop.
 */
public final class ChatCompletionParser {

    private final ServedModels models;
    private final RequestLimits limits;

    public ChatCompletionParser(ServedModels models, RequestLimits limits) {
        this.models = models;
        this.limits = limits;
    }

    /** @throws ApiException that names the field which is wrong */
    public TextRequest parse(byte[] body, RequestHeaders headers) {
        RequestFields fields = RequestFields.parse(body, models, limits);
        List<ChatMessage> messages = ChatMessages.parse(fields.fields(), limits.messagesMax());
        int topLogprobs = topLogprobs(fields);
        PromptBuilder prompts = new PromptBuilder(fields.model(), "messages", "messages", maxTokens(fields));
        int[] tokens = ChatPrompt.encode(fields.model(), messages, prompts, "messages");
        return fields.toRequest(
                TextRequest.Kind.CHAT, List.of(prompts.build("", tokens)), topLogprobs, false, headers, limits);
    }

    private static @Nullable Integer maxTokens(RequestFields fields) {
        Integer old = fields.tokenCount("max_tokens", 1);
        Integer current = fields.tokenCount("max_completion_tokens", 1);
        if (old != null && current != null && !old.equals(current)) {
            throw ApiException.invalid(
                    "max_tokens",
                    "invalid_parameter_combination",
                    "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.");
        }
        return current != null ? current : old;
    }

    private static int topLogprobs(RequestFields fields) {
        boolean logprobs = fields.fields().flag("logprobs");
        Integer count = fields.logprobCount("top_logprobs");
        if (count != null && !logprobs) {
            throw ApiException.invalid(
                    "top_logprobs",
                    "invalid_value",
                    "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.");
        }
        return logprobs ? (count == null ? 0 : count) : -1;
    }
}
