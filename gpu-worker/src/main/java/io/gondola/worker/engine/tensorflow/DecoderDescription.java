package io.gondola.worker.engine.tensorflow;

import java.util.List;

/**
 * A decoder-only transformer in numbers: what an {@link Architecture} makes of config.json and the graph is built from.
 * Which linear layers have a bias follows from the weights.
 *
 * @param architecture as in config.json
 * @param vocabularySize rows of the embedding
 * @param contextTokensMax the most positions
 * @param hiddenSize width of the residual stream
 * @param norm the normalisation before attention, before the feed-forward part, and at the end
 * @param positions how a token knows its place
 * @param attention heads
 * @param layers what differs from layer to layer
 * @param mlp the feed-forward part
 * @param tiedHead whether the output layer is the embedding
 */
record DecoderDescription(
        String architecture,
        int vocabularySize,
        int contextTokensMax,
        int hiddenSize,
        Norm norm,
        Positions positions,
        Attention attention,
        List<Layer> layers,
        Mlp mlp,
        boolean tiedHead) {

    DecoderDescription {
        layers = List.copyOf(layers);
    }

    /** @param meanSubtracted LayerNorm (with bias), otherwise RMSNorm (without) */
    record Norm(boolean meanSubtracted, float epsilon) {}

    /** How a token knows its place. */
    sealed interface Positions permits Learned, Rotary {}

    /** A learned vector for each position is added to the embedding. */
    record Learned() implements Positions {}

    /** Queries and keys are rotated by angles that grow with the position (RoPE, arXiv:2104.09864). */
    record Rotary(RotaryFrequencies frequencies) implements Positions {}

    /**
     * The attention heads.
     *
     * @param heads of queries
     * @param kvHeads of keys and values; divides {@code heads}
     * @param headSize width of a head
     * @param headNorms whether queries and keys are normalised head by head (Qwen3)
     */
    record Attention(int heads, int kvHeads, int headSize, boolean headNorms) {
        int queriesPerKv() {
            return heads / kvHeads;
        }

        int querySize() {
            return heads * headSize;
        }

        int kvSize() {
            return kvHeads * headSize;
        }
    }

    /**
     * What differs from layer to layer.
     *
     * @param attentionScale factor of the dot products
     * @param windowTokens a token sees itself and the {@code windowTokens - 1} before it; 0 all
     */
    record Layer(float attentionScale, int windowTokens) {}

    /** @param gated activation(gate) * up, otherwise activation(up) */
    record Mlp(int size, boolean gated, Activation activation) {}

    DecoderDescription withUntiedHead() {
        return new DecoderDescription(
                architecture,
                vocabularySize,
                contextTokensMax,
                hiddenSize,
                norm,
                positions,
                attention,
                layers,
                mlp,
                false);
    }

    /** Numbers of keys and values that one position takes, all layers together. */
    long kvNumbersPerToken() {
        return 2L * layers.size() * attention.kvSize();
    }
}
