package io.gondola.worker.embedding;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code model.yaml} says of a model that gives embeddings; what it leaves open, the files of sentence-transformers say.
 *
 * @param pooling how one vector is made of the tokens'; empty leaves it open
 * @param normalize whether vectors get length 1; null leaves it open
 * @param output the output to begin with; empty takes the first known one
 * @param batchTokensMax tokens of a batch, padding included, that the model computes at a time
 */
public record EmbeddingOptions(
        List<Pooling> pooling, @Nullable Boolean normalize, String output, int batchTokensMax) {

    /** A batch takes memory by its tokens: 64 texts of 8,192 at a time would take what few machines have. */
    public static final int BATCH_TOKENS_MAX_DEFAULT = 16_384;

    public static final EmbeddingOptions DEFAULT = new EmbeddingOptions(List.of(), null, "", BATCH_TOKENS_MAX_DEFAULT);

    public EmbeddingOptions {
        pooling = List.copyOf(pooling);
    }
}
