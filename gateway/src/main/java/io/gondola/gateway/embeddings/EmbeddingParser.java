package io.gondola.gateway.embeddings;

import com.fasterxml.jackson.databind.JsonNode;
import io.gondola.gateway.embeddings.EmbeddingRequest.Input;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.Fields;
import io.gondola.gateway.openai.JsonBody;
import io.gondola.gateway.openai.RequestHeaders;
import io.gondola.gateway.openai.RequestLimits;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The body of {@code POST /v1/embeddings}, OpenAI's fields and vLLM's {@code truncate_prompt_tokens}. */
public final class EmbeddingParser {

    private static final String INPUT = "input";
    private static final String EXPECTED = "a string, an array of strings, an array of token ids, or an array of those";
    private static final int NAME_CHARS_MAX = 1_024;
    private static final int DIMENSIONS_MAX = 1 << 20;

    private final RequestLimits limits;
    private final EmbeddingModels models;

    public EmbeddingParser(EmbeddingModels models, RequestLimits limits) {
        this.models = models;
        this.limits = limits;
    }

    /** @throws ApiException that names the field which is wrong */
    public EmbeddingRequest parse(byte[] body, RequestHeaders headers) {
        Fields fields = new Fields(JsonBody.parse(body));
        String name = models.require(fields.string("model", NAME_CHARS_MAX)).name();
        List<Input> inputs = inputs(fields.require(INPUT));
        Long dimensions = fields.integer("dimensions", 1, DIMENSIONS_MAX);
        String user = fields.string("user", limits.tenantCharsMax());
        return new EmbeddingRequest(
                name,
                inputs,
                isBase64(fields.string("encoding_format", NAME_CHARS_MAX)),
                dimensions == null ? 0 : dimensions.intValue(),
                truncateTokens(fields),
                fields.string("prompt_name", NAME_CHARS_MAX),
                headers.requestClass(),
                headers.tenant(user == null ? "" : user),
                headers.tenantWeight(),
                headers.timeoutNanos(limits));
    }

    private static boolean isBase64(@Nullable String format) {
        if (format == null || format.equals("float")) {
            return false;
        }
        if (format.equals("base64")) {
            return true;
        }
        throw ApiException.invalid(
                "encoding_format",
                "invalid_value",
                "Invalid value for 'encoding_format': expected 'float' or 'base64'.");
    }

    private static int truncateTokens(Fields fields) {
        Long tokens = fields.integer("truncate_prompt_tokens", -1, Integer.MAX_VALUE);
        if (tokens != null && tokens == 0) {
            throw ApiException.invalid(
                    "truncate_prompt_tokens",
                    "invalid_value",
                    "Invalid 'truncate_prompt_tokens': expected a number of tokens, or -1 for as many as the model takes.");
        }
        return tokens == null ? 0 : tokens.intValue();
    }

    private static List<Input> inputs(JsonNode input) {
        if (input.isTextual()) {
            return List.of(ofText(input, INPUT));
        }
        if (!input.isArray()) {
            throw Fields.wrongTypeAt(INPUT, EXPECTED, input);
        }
        if (input.isEmpty()) {
            throw ApiException.invalid(
                    INPUT, "empty_array", "Invalid 'input': empty array. Expected at least one input.");
        }
        if (input.get(0).isNumber()) {
            return List.of(ofTokens(input, INPUT));
        }
        if (input.size() > EmbeddingLimits.INPUTS_MAX) {
            throw ApiException.invalid(
                    INPUT,
                    "array_above_max_length",
                    "Invalid 'input': array too long. Expected an array with maximum length "
                            + EmbeddingLimits.INPUTS_MAX + ", but got an array with length " + input.size()
                            + " instead.");
        }
        boolean isText = input.get(0).isTextual();
        List<Input> inputs = new ArrayList<>(input.size());
        for (int i = 0; i < input.size(); i++) {
            JsonNode one = input.get(i);
            String param = INPUT + "[" + i + "]";
            if (isText ? !one.isTextual() : !one.isArray()) {
                throw Fields.wrongTypeAt(param, i == 0 ? EXPECTED : isText ? "a string" : "an array of token ids", one);
            }
            inputs.add(isText ? ofText(one, param) : ofTokens(one, param));
        }
        return inputs;
    }

    private static Input ofText(JsonNode text, String param) {
        if (text.textValue().isEmpty()) {
            throw ApiException.invalid(
                    param, "invalid_value", "Invalid '" + param + "': input cannot be an empty string.");
        }
        return new Input(param, text.textValue(), null);
    }

    private static Input ofTokens(JsonNode array, String param) {
        if (array.isEmpty()) {
            throw ApiException.invalid(
                    param, "empty_array", "Invalid '" + param + "': empty array. Expected at least one token id.");
        }
        int[] tokens = new int[array.size()];
        for (int i = 0; i < tokens.length; i++) {
            JsonNode id = array.get(i);
            String at = param + "[" + i + "]";
            if (!id.isIntegralNumber()) {
                throw Fields.wrongTypeAt(at, "a token id", id);
            }
            if (!id.canConvertToInt() || id.intValue() < 0) {
                throw ApiException.invalid(at, "invalid_value", "Invalid '" + at + "': this is no token id.");
            }
            tokens[i] = id.intValue();
        }
        return new Input(param, null, tokens);
    }
}
