package io.gondola.worker.engine;

import io.gondola.protocol.SamplingParams;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Draws among the likeliest tokens alone, where top_p or min_p surely leaves no others: the same token as
 * {@link Sampler#draw} from all logits, for a fraction of the work.
 */
public final class CandidateSampler {

    /** How far the mass may be off, computed in single precision: a hundred times what it is off at most. */
    static final double MASS_ERROR = 1e-4;

    private CandidateSampler() {}

    /**
     * Draws the token behind the row's fed tokens. For rows without penalties, biases, log probabilities and top_k.
     *
     * @param tokens the likeliest first, of equals the lowest id
     * @param logits theirs
     * @param mass the sum over the whole vocabulary of {@code exp((logit - greatest logit) / temperature)}, about
     * @return empty where others than these tokens may matter
     */
    public static OptionalInt tryDraw(int[] tokens, float[] logits, double mass, int vocabularySize, StepRow row) {
        SamplingParams sampling = row.sampling();
        boolean complete = tokens.length == vocabularySize
                || sampling.minP() > 0 && weight(logits, logits.length - 1, sampling) < sampling.minP();
        if (complete) {
            return OptionalInt.of(Sampler.drawAmong(tokens, logits, row));
        }
        if (sampling.minP() > 0) {
            return OptionalInt.empty();
        }
        int least = nucleus(logits, sampling, sampling.topP() * mass * (1 - MASS_ERROR));
        int most = nucleus(logits, sampling, sampling.topP() * mass * (1 + MASS_ERROR));
        // Where both agree, so does the exact mass; the rest of the draw knows only what is in the nucleus.
        return least == most && most <= tokens.length
                ? OptionalInt.of(Sampler.drawAmong(
                        Arrays.copyOf(tokens, most),
                        Arrays.copyOf(logits, most),
                        row.withSampling(withoutTopP(sampling))))
                : OptionalInt.empty();
    }

    private static double weight(float[] logits, int index, SamplingParams sampling) {
        return Math.exp((logits[index] - (double) logits[0]) / sampling.temperature());
    }

    /** How many of the likeliest tokens reach this weight together; more than there are where all do not. */
    private static int nucleus(float[] logits, SamplingParams sampling, double wanted) {
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            sum += weight(logits, i, sampling);
            if (sum >= wanted) {
                return i + 1;
            }
        }
        return logits.length + 1;
    }

    private static SamplingParams withoutTopP(SamplingParams sampling) {
        return new SamplingParams(
                sampling.temperature(),
                1,
                0,
                0,
                sampling.seed(),
                0,
                0,
                1,
                sampling.biasTokens(),
                sampling.biasValues());
    }
}
