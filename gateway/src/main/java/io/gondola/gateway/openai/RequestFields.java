package io.gondola.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.gondola.gateway.text.ServedModel;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.SamplingParams;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all requests for text have in common, read and checked.
 *
 * @param fields the body
 * @param model the model it names
 * @param sampling how tokens are drawn
 * @param seeded whether the client named the seed
 * @param n choices for each prompt
 * @param stopStrings end a generation
 * @param stopTokens end a generation
 * @param stream whether the answer is a stream
 * @param includeUsage whether a stream ends with a usage chunk
 * @param user who the client says it is
 */
record RequestFields(
        Fields fields,
        ServedModel model,
        SamplingParams sampling,
        boolean seeded,
        int n,
        List<String> stopStrings,
        int[] stopTokens,
        boolean stream,
        boolean includeUsage,
        String user) {

    private static final int MODEL_NAME_CHARS_MAX = 1024;
    private static final int[] NO_TOKENS = {};

    static RequestFields parse(byte[] body, ServedModels models, RequestLimits limits) {
        Fields fields = new Fields(JsonBody.parse(body));
        return of(fields, models.find(fields.string("model", MODEL_NAME_CHARS_MAX)), limits);
    }

    /** The same for a model that is named elsewhere. */
    static RequestFields of(Fields fields, ServedModel model, RequestLimits limits) {
        UnsupportedFields.refuse(fields);
        Long seed = SamplingFields.seed(fields);
        Long n = fields.integer("n", 1, limits.choicesMax());
        boolean stream = fields.flag("stream");
        String user = fields.string("user", limits.tenantCharsMax());
        return new RequestFields(
                fields,
                model,
                SamplingFields.parse(fields, model, seed),
                seed != null,
                n == null ? 1 : n.intValue(),
                StopFields.parse(fields, limits),
                fields.flag("ignore_eos") ? NO_TOKENS : model.endTokens(),
                stream,
                includeUsage(fields, stream),
                user == null ? "" : user);
    }

    private static boolean includeUsage(Fields fields, boolean stream) {
        Fields options = fields.findObject("stream_options");
        if (options == null) {
            return false;
        }
        if (!stream) {
            throw ApiException.invalid(
                    "stream_options",
                    "invalid_value",
                    "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
        }
        return options.flag("include_usage");
    }

    /** A length of output, at most what an {@code int} holds; null where the field is missing. */
    @Nullable
    Integer tokenCount(String name, int min) {
        Long count = fields.integer(name, min, Long.MAX_VALUE);
        return count == null ? null : (int) Math.min(count, Integer.MAX_VALUE);
    }

    /** How many log probabilities the client wants with each token; null where the field is missing. */
    @Nullable
    Integer logprobCount(String name) {
        Long count = fields.integer(name, 0, GenerationRequest.TOP_LOGPROBS_MAX);
        return count == null ? null : count.intValue();
    }

    TextRequest toRequest(
            TextRequest.Kind kind,
            List<TextRequest.Prompt> prompts,
            int topLogprobs,
            boolean echo,
            RequestHeaders headers,
            RequestLimits limits) {
        return new TextRequest(
                kind,
                model,
                prompts,
                n,
                sampling,
                seeded,
                stopStrings,
                stopTokens,
                topLogprobs,
                echo,
                stream,
                includeUsage,
                headers.tenant(user),
                headers.tenantWeight(),
                headers.requestClass(),
                headers.timeoutNanos(limits));
    }

    @Nullable
    JsonNode find(String name) {
        return fields.find(name);
    }
}
