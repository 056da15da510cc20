package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.Precision;
import java.util.Collection;

/**
 * What a decoder's steps must at least read and compute, counted from its sizes: every matrix once a step, the keys and
 * values of all tokens that are looked back at.
 *
 * @param layerWeights numbers in the matrices of the layers
 * @param headWeights numbers in the output layer's matrix
 * @param weightBytes of one number, as it is multiplied
 * @param kvBytesPerToken keys and values of one position, all layers together
 * @param attentionOperations for each token that another looks back at, all layers together
 */
public record DecoderWork(
        long layerWeights, long headWeights, int weightBytes, long kvBytesPerToken, long attentionOperations) {

    static DecoderWork of(DecoderDescription description, Collection<WeightSpec> specs, EngineOptions options) {
        long layers = specs.stream()
                .filter(spec -> spec.isMatrix() && spec.name().startsWith("layers."))
                .mapToLong(WeightSpec::elements)
                .sum();
        DecoderDescription.Attention attention = description.attention();
        return new DecoderWork(
                layers,
                (long) description.vocabularySize() * description.hiddenSize(),
                weightBytes(options.precision()),
                description.kvNumbersPerToken() * options.kvPrecision().bytes(),
                // A product and a sum for the score, and as many for the value.
                4L * attention.querySize() * description.layers().size());
    }

    private static int weightBytes(Precision precision) {
        return switch (precision) {
            case F32 -> Float.BYTES;
            case BF16 -> Short.BYTES;
            case INT8 -> Byte.BYTES;
            case AUTO -> throw new IllegalArgumentException("auto must be resolved first");
        };
    }

    /**
     * Bytes that a step reads.
     *
     * @param samples tokens that go through the output layer
     * @param contextTokens positions whose keys and values are read, all sequences together
     */
    public long bytes(int samples, long contextTokens) {
        return (layerWeights + (samples > 0 ? headWeights : 0)) * weightBytes + contextTokens * kvBytesPerToken;
    }

    /**
     * Multiplications and additions of a step.
     *
     * @param tokens fed
     * @param samples tokens that go through the output layer
     * @param lookBacks positions that each token looks at, all tokens together
     */
    public double operations(int tokens, int samples, long lookBacks) {
        return 2.0 * tokens * layerWeights + 2.0 * samples * headWeights + (double) lookBacks * attentionOperations;
    }
}
