package io.gondola.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.gondola.gateway.openai.TextRequest.Prompt;
import io.gondola.gateway.text.ServedModel;
import java.util.ArrayList;
import java.util.List;

/**
 * The body of {@code POST /v1/completions} to a valid request, tokenised. Thread-safe; CPU work in proportion to the
 * body's size, so large bodies belong off the event loop.
 */
public final class CompletionParser {

    /** OpenAI's default length of a completion. */
    static final int MAX_TOKENS_DEFAULT = 16;

    private final ServedModels models;
    private final RequestLimits limits;

    public CompletionParser(ServedModels models, RequestLimits limits) {
        this.models = models;
        this.limits = limits;
    }

    /** @throws ApiException that names the field which is wrong */
    public TextRequest parse(byte[] body, RequestHeaders headers) {
        RequestFields fields = RequestFields.parse(body, models, limits);
        JsonNode suffix = fields.find("suffix");
        if (suffix != null && !(suffix.isTextual() && suffix.textValue().isEmpty())) {
            throw UnsupportedFields.unsupported("suffix");
        }
        requireBestOfIsN(fields);
        boolean echo = fields.fields().flag("echo");
        Integer logprobs = fields.logprobCount("logprobs");
        int maxTokens = maxTokens(fields, echo);
        PromptBuilder builder = new PromptBuilder(fields.model(), "prompt", "prompt", maxTokens);
        List<Prompt> prompts = prompts(fields, builder, echo);
        return fields.toRequest(
                TextRequest.Kind.COMPLETION, prompts, logprobs == null ? -1 : logprobs, echo, headers, limits);
    }

    private static int maxTokens(RequestFields fields, boolean echo) {
        Integer maxTokens = fields.tokenCount("max_tokens", echo ? 0 : 1);
        return maxTokens == null ? MAX_TOKENS_DEFAULT : maxTokens;
    }

    private static void requireBestOfIsN(RequestFields fields) {
        Long bestOf = fields.fields().integer("best_of", 1, Long.MAX_VALUE);
        if (bestOf == null || bestOf == fields.n()) {
            return;
        }
        if (bestOf < fields.n()) {
            throw ApiException.invalid(
                    "best_of", "invalid_value", "'best_of' must be at least 'n', but got " + bestOf + ".");
        }
        throw Fields.unsupported("best_of", "'best_of' greater than 'n' is not supported by this server.");
    }

    private List<Prompt> prompts(RequestFields fields, PromptBuilder builder, boolean echo) {
        JsonNode prompt = fields.fields().require("prompt");
        if (prompt.isTextual()) {
            return List.of(ofText(prompt.textValue(), builder));
        }
        if (!prompt.isArray()) {
            throw wrongPrompt("prompt", prompt);
        }
        if (prompt.isEmpty()) {
            throw ApiException.invalid(
                    "prompt", "empty_array", "Invalid 'prompt': empty array. Expected at least one prompt.");
        }
        if (prompt.get(0).isNumber()) {
            return List.of(ofTokens(prompt, "prompt", fields.model(), builder, echo));
        }
        requireFewEnough(prompt.size(), fields.n());
        List<Prompt> prompts = new ArrayList<>(prompt.size());
        boolean texts = prompt.get(0).isTextual();
        for (int i = 0; i < prompt.size(); i++) {
            JsonNode one = prompt.get(i);
            String param = "prompt[" + i + "]";
            if (texts ? !one.isTextual() : !one.isArray()) {
                throw wrongPrompt(param, one);
            }
            prompts.add(texts ? ofText(one.textValue(), builder) : ofTokens(one, param, fields.model(), builder, echo));
        }
        return prompts;
    }

    private void requireFewEnough(int prompts, int n) {
        if (prompts > limits.promptsMax()) {
            throw ApiException.invalid(
                    "prompt",
                    "array_above_max_length",
                    "Invalid 'prompt': array too long. Expected an array with maximum length " + limits.promptsMax()
                            + ", but got an array with length " + prompts + " instead.");
        }
        if ((long) prompts * n > limits.generationsMax()) {
            throw ApiException.invalid(
                    "n",
                    "invalid_value",
                    "Invalid 'n': " + prompts + " prompts with " + n + " choices each are more than the "
                            + limits.generationsMax() + " choices one request may have.");
        }
    }

    private static Prompt ofText(String text, PromptBuilder builder) {
        return builder.build(text, builder.encode(text, true));
    }

    private static Prompt ofTokens(
            JsonNode array, String param, ServedModel model, PromptBuilder builder, boolean echo) {
        if (array.isEmpty()) {
            throw ApiException.invalid(
                    param, "empty_array", "Invalid '" + param + "': empty array. Expected at least one token id.");
        }
        int[] tokens = new int[array.size()];
        for (int i = 0; i < tokens.length; i++) {
            JsonNode id = array.get(i);
            if (!id.isIntegralNumber()) {
                throw Fields.wrongTypeAt(param + "[" + i + "]", "a token id", id);
            }
            if (!id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= model.vocabularySize()) {
                throw ApiException.invalid(
                        param + "[" + i + "]",
                        "invalid_value",
                        "Invalid '" + param + "[" + i + "]': token ids of this model are 0 to "
                                + (model.vocabularySize() - 1) + ", but got " + Shortened.of(id.asText()) + ".");
            }
            tokens[i] = id.intValue();
        }
        return builder.build(echo ? model.tokenizer().decode(tokens) : "", tokens);
    }

    private static ApiException wrongPrompt(String param, JsonNode value) {
        return Fields.wrongTypeAt(
                param, "a string, an array of strings, an array of token ids, or an array of those", value);
    }
}
