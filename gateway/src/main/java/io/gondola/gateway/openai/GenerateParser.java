package io.gondola.gateway.openai;

import io.gondola.gateway.openai.TextRequest.Prompt;
import io.gondola.gateway.text.ChatMessage;
import io.gondola.gateway.text.ServedModel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /generate} to a valid request, tokenised: {@code text}, and {@code max_new_tokens} if one
 * likes; the sampling fields of the other APIs work too. Thread-safe; CPU work in proportion to the body's size, so
 * large bodies belong off the event loop.
 *
 * <p>It is the call for a first try, so a chat model is asked as in a chat, with the text as the user's message. A text
 * that holds the model's special tokens is a finished prompt and goes to the model as it is; so does every text where
 * the model has no chat template.
 */
public final class GenerateParser {

    /** The longest output where neither the request nor the model says how long. */
    static final int MAX_TOKENS_DEFAULT = 256;

    private final ServedModels models;
    private final RequestLimits limits;

    public GenerateParser(ServedModels models, RequestLimits limits) {
        this.models = models;
        this.limits = limits;
    }

    /** @throws ApiException that names the field which is wrong */
    public TextRequest parse(byte[] body, RequestHeaders headers) {
        RequestFields fields = RequestFields.parse(body, models, limits);
        if (fields.stream()) {
            throw Fields.unsupported(
                    "stream", "'stream' is not supported by /generate; use /v1/chat/completions or /v1/completions.");
        }
        if (fields.n() > 1) {
            throw Fields.unsupported("n", "'n' above 1 is not supported by /generate; use /v1/completions.");
        }
        fields.fields().require("text");
        String text = fields.fields().string("text", Integer.MAX_VALUE);
        PromptBuilder builder = new PromptBuilder(fields.model(), "text", "text", maxTokens(fields));
        Prompt prompt = builder.build("", tokens(fields.model(), text == null ? "" : text, builder));
        return fields.toRequest(TextRequest.Kind.GENERATE, List.of(prompt), -1, false, headers, limits);
    }

    private static int[] tokens(ServedModel model, String text, PromptBuilder builder) {
        if (!model.hasChatTemplate() || model.hasSpecialTokens(text)) {
            return builder.encode(text, true);
        }
        return ChatPrompt.encode(model, List.of(new ChatMessage("user", text)), builder, "text");
    }

    private static int maxTokens(RequestFields fields) {
        Integer wanted = fields.tokenCount("max_new_tokens", 1);
        @Nullable Integer usual = fields.model().defaults().maxNewTokens();
        return wanted != null ? wanted : usual != null ? usual : MAX_TOKENS_DEFAULT;
    }
}
