package io.gondola.gateway.openai;

import io.gondola.gateway.openai.TextRequest.Prompt;
import io.gondola.gateway.text.ServedModel;
import io.gondola.gateway.text.WellFormedText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fits prompts into a model's context: a prompt that leaves no room is refused, an output that does not fit is
 * capped, as OpenAI and Hugging Face do.
 */
final class PromptBuilder {

    /** Characters tokenised at once in search of a text's length. */
    static final int PROBE_CHARS = 65_536;

    private static final int PROBE_EXTRA_TOKENS = 4;

    private final ServedModel model;
    private final String param;
    private final String what;
    /** -1: whatever is left of the context. */
    private final int maxTokens;

    /**
     * @param param the field that a prompt too long is blamed on
     * @param what what the client calls its prompt, in the message about it
     * @param maxTokens the output's length, or null for whatever is left of the context
     */
    PromptBuilder(ServedModel model, String param, String what, @Nullable Integer maxTokens) {
        this.model = model;
        this.param = param;
        this.what = what;
        this.maxTokens = maxTokens == null ? -1 : maxTokens;
    }

    Prompt build(String text, int[] tokens) {
        int[] prompt = tokens;
        if (prompt.length == 0) {
            if (model.promptStartToken() < 0) {
                throw ApiException.invalid(
                        param,
                        "empty_prompt",
                        "The prompt is empty, and this model has no token that stands for the beginning of a text.");
            }
            prompt = new int[] {model.promptStartToken()};
        }
        for (int token : prompt) {
            if (token >= model.vocabularySize()) {
                throw ApiException.invalid(
                        param, "invalid_token", "The text has a token that the model does not know: " + token + ".");
            }
        }
        int left = model.contextTokensMax() - prompt.length;
        if (left < 0 || (left == 0 && maxTokens != 0)) {
            throw tooLong(model, param, what, prompt.length, "");
        }
        return new Prompt(WellFormedText.of(text), prompt, maxTokens < 0 ? left : Math.min(maxTokens, left));
    }

    private static ApiException tooLong(ServedModel model, String param, String what, int tokens, String atLeast) {
        int context = model.contextTokensMax();
        return ApiException.invalid(
                param,
                "context_length_exceeded",
                "This model's maximum context length is " + context + " tokens. However, your " + what
                        + " resulted in " + atLeast + tokens + " tokens"
                        + (tokens == context ? ", which leaves no room for an answer" : "")
                        + ". Please reduce the length of the " + what + ".");
    }

    /** Tokens of a text; see {@link #requirePlausibleLength}. */
    int[] encode(String text, boolean addSpecialTokens) {
        requirePlausibleLength(List.of(text));
        return model.tokenizer().encode(text, addSpecialTokens);
    }

    /**
     * Tokenises only the beginning of a text that is far too long, so that a huge body costs no more than one that just
     * fits.
     *
     * @throws ApiException when the beginning alone does not fit the context
     */
    void requirePlausibleLength(List<String> texts) {
        long chars = 0;
        for (String text : texts) {
            chars += text.length();
        }
        if (chars <= 2L * PROBE_CHARS) {
            return;
        }
        long tokens = 0;
        for (String text : texts) {
            for (int from = 0; from < text.length(); from += PROBE_CHARS) {
                String piece = text.substring(from, Math.min(text.length(), from + PROBE_CHARS));
                // Cutting a text may add a few tokens; not that many.
                tokens += Math.max(0, model.tokenizer().encode(piece, false).length - PROBE_EXTRA_TOKENS);
                if (tokens > model.contextTokensMax()) {
                    throw tooLong(model, param, what, (int) Math.min(tokens, Integer.MAX_VALUE), "at least ");
                }
            }
        }
    }
}
