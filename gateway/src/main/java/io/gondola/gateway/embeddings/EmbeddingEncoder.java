package io.gondola.gateway.embeddings;

import io.gondola.gateway.embeddings.EmbeddingRequest.Input;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.Shortened;
import io.gondola.gateway.text.SentenceTokenizer;
import io.gondola.protocol.inference.EmbeddingOutput;
import io.gondola.protocol.inference.TensorModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Makes the tokens of requests for embeddings, and says no to what the model cannot take. Thread-safe. */
public final class EmbeddingEncoder {

    private final EmbeddingModels models;
    private final SentenceTokenizers tokenizers;
    private final LongSupplier nanoClock;

    public EmbeddingEncoder(EmbeddingModels models, SentenceTokenizers tokenizers, LongSupplier nanoClock) {
        this.models = models;
        this.tokenizers = tokenizers;
        this.nanoClock = nanoClock;
    }

    /** Whether the tokenizers of all models are there, so that a small request takes little time. */
    public boolean isQuick(Iterable<TensorModel> all) {
        for (TensorModel model : all) {
            if (model.embedding() != null && tokenizers.tryGet(model) == null) {
                return false;
            }
        }
        return true;
    }

    /**
     * The tokens for the version of the model that is the newest now. May read a tokenizer.
     *
     * @throws ApiException that names the input which is wrong
     */
    public EmbeddingBatch encode(EmbeddingRequest request) {
        long startNanos = nanoClock.getAsLong();
        TensorModel model = models.require(request.model());
        EmbeddingOutput embedding = model.embedding();
        if (embedding == null) {
            throw new IllegalStateException(model.name() + " was said to give embeddings");
        }
        requireDimensions(request.dimensions(), embedding.dimensions());
        SentenceTokenizer tokenizer = tokenizers.require(model);
        int tokensMax = TokenTensors.lengthMax(model.defaultSignature(), tokenizer.tokensMax());
        String prompt = prompt(request, tokenizer);
        List<int[]> tokens = new ArrayList<>(request.inputs().size());
        long total = 0;
        for (Input input : request.inputs()) {
            int[] ids = tokens(input, prompt, request.truncateTokens(), tokenizer, tokensMax);
            total += ids.length;
            if (total > EmbeddingLimits.REQUEST_TOKENS_MAX) {
                throw ApiException.invalid(
                        "input",
                        "max_tokens_per_request",
                        "Invalid 'input': maximum request size is " + EmbeddingLimits.REQUEST_TOKENS_MAX
                                + " tokens per request, and the inputs up to '" + input.param() + "' have " + total
                                + ".");
            }
            tokens.add(ids);
        }
        return new EmbeddingBatch(
                request, model, embedding, tokens, tokenizer.padToken(), tokensMax, nanoClock.getAsLong() - startNanos);
    }

    /** @param size of the model's vectors; 0 where it does not say */
    static void requireDimensions(int wanted, int size) {
        if (size > 0 && wanted > size) {
            throw ApiException.invalid(
                    "dimensions",
                    "integer_above_max_value",
                    "Invalid 'dimensions': the vectors of this model have " + size + " dimensions, but " + wanted
                            + " are wanted.");
        }
    }

    private static String prompt(EmbeddingRequest request, SentenceTokenizer tokenizer) {
        String name = request.promptName() == null ? tokenizer.defaultPrompt() : request.promptName();
        if (name == null) {
            return "";
        }
        String prompt = tokenizer.prompts().get(name);
        if (prompt == null) {
            throw ApiException.invalid(
                    "prompt_name",
                    "invalid_value",
                    "Invalid 'prompt_name': the model has no prompt '" + Shortened.of(name) + "'; it has "
                            + tokenizer.prompts().keySet() + ".");
        }
        return prompt;
    }

    private static int[] tokens(
            Input input, String prompt, int truncateTokens, SentenceTokenizer tokenizer, int tokensMax) {
        int most = truncateTokens == 0 ? Integer.MAX_VALUE : truncateTokens < 0 ? tokensMax : truncateTokens;
        String text = input.text();
        int[] ids = text != null
                ? tokenizer.encode(prompt + text, most)
                : cut(requireKnown(input.tokens(), input.param(), tokenizer.vocabularySize()), most);
        if (ids.length == 0) {
            throw ApiException.invalid(
                    input.param(), "invalid_value", "Invalid '" + input.param() + "': the text has no tokens.");
        }
        if (ids.length > tokensMax) {
            throw ApiException.invalid(
                    input.param(),
                    "context_length_exceeded",
                    "Invalid '" + input.param() + "': this model's maximum input length is " + tokensMax
                            + " tokens, however it resulted in " + ids.length
                            + " tokens. Please reduce its length, or let 'truncate_prompt_tokens' cut it.");
        }
        return ids;
    }

    private static int[] requireKnown(int @Nullable [] ids, String param, int vocabularySize) {
        if (ids == null) {
            throw new IllegalStateException("an input is text or tokens");
        }
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] >= vocabularySize) {
                String at = param + "[" + i + "]";
                throw ApiException.invalid(
                        at,
                        "invalid_value",
                        "Invalid '" + at + "': token ids of this model are 0 to " + (vocabularySize - 1) + ", but got "
                                + ids[i] + ".");
            }
        }
        return ids;
    }

    private static int[] cut(int[] ids, int most) {
        return ids.length > most ? Arrays.copyOf(ids, most) : ids;
    }
}
