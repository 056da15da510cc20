package io.gondola.protocol;

import java.util.Arrays;

/**
 * How a token is drawn from the logits. The order is that of vLLM: logit bias, repetition, presence and frequency
 * penalties, temperature, then min-p, top-k and top-p on what remains.
 *
 * <p>Reproducible: the random number of a token depends on ({@code seed}, position in the sequence) alone.
 *
 * @param temperature 0 means greedy (ties to the lowest token id), otherwise the logits are divided by it
 * @param topP keep the smallest set of tokens whose probabilities reach this; in (0, 1], 1 keeps all
 * @param topK keep this many of the likeliest tokens; 0 keeps all
 * @param minP keep tokens at least this likely relative to the likeliest; in [0, 1], 0 keeps all
 * @param seed the seed of this sequence
 * @param presencePenalty subtracted once from the logit of every token already generated (prompt not counted)
 * @param frequencyPenalty subtracted once for each time the token was generated (prompt not counted)
 * @param repetitionPenalty the CTRL penalty (arXiv:1909.05858) over prompt and output; 1 is none
 * @param biasTokens token ids whose logits are shifted; same length as {@code biasValues}
 * @param biasValues what is added to those logits
 */
public record SamplingParams(
        float temperature,
        float topP,
        int topK,
        float minP,
        long seed,
        float presencePenalty,
        float frequencyPenalty,
        float repetitionPenalty,
        int[] biasTokens,
        float[] biasValues) {

    /** The most tokens one request may bias. */
    public static final int BIAS_TOKENS_MAX = 1024;

    public SamplingParams {
        if (biasTokens.length != biasValues.length || biasTokens.length > BIAS_TOKENS_MAX) {
            throw new IllegalArgumentException("bias of " + biasTokens.length + " tokens, " + biasValues.length
                    + " values; at most " + BIAS_TOKENS_MAX);
        }
        if (!(temperature >= 0) || !(topP > 0 && topP <= 1) || topK < 0 || !(minP >= 0 && minP <= 1)) {
            throw new IllegalArgumentException("temperature " + temperature + ", top_p " + topP + ", top_k " + topK
                    + ", min_p " + minP + " out of range");
        }
        if (!(repetitionPenalty > 0)) {
            throw new IllegalArgumentException("repetition_penalty must be above 0: " + repetitionPenalty);
        }
    }

    /** The likeliest token each time, no penalties. */
    public static SamplingParams greedy() {
        return new SamplingParams(0, 1, 0, 0, 0, 0, 0, 1, new int[0], new float[0]);
    }

    public boolean isGreedy() {
        return temperature == 0;
    }

    /** Whether the logits must be changed before the draw. */
    public boolean hasPenaltiesOrBias() {
        return presencePenalty != 0 || frequencyPenalty != 0 || repetitionPenalty != 1 || biasTokens.length > 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SamplingParams that
                && Float.compare(temperature, that.temperature) == 0
                && Float.compare(topP, that.topP) == 0
                && topK == that.topK
                && Float.compare(minP, that.minP) == 0
                && seed == that.seed
                && Float.compare(presencePenalty, that.presencePenalty) == 0
                && Float.compare(frequencyPenalty, that.frequencyPenalty) == 0
                && Float.compare(repetitionPenalty, that.repetitionPenalty) == 0
                && Arrays.equals(biasTokens, that.biasTokens)
                && Arrays.equals(biasValues, that.biasValues);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(new int[] {
            Float.hashCode(temperature),
            Float.hashCode(topP),
            topK,
            Float.hashCode(minP),
            Long.hashCode(seed),
            Arrays.hashCode(biasTokens)
        });
    }
}
