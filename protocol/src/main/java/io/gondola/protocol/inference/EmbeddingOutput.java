package io.gondola.protocol.inference;

/**
 * The output of a model that gives embeddings: a vector for each row.
 *
 * @param name of the output, FP32, one row for each text
 * @param dimensions of a vector; 0 where the model does not say
 * @param isNormalized whether its vectors have length 1
 * @param tokenizer what tells the text files apart that the worker found beside the model: whoever makes tokens for it must
 *     have the same
 */
public record EmbeddingOutput(String name, int dimensions, boolean isNormalized, String tokenizer) {

    public EmbeddingOutput {
        if (dimensions < 0) {
            throw new IllegalArgumentException("dimensions must not be negative: " + dimensions);
        }
    }
}
