package io.gondola.worker.engine;

import io.gondola.protocol.SamplingParams;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.worker.engine.StepResult.RowResult;
import java.util.Arrays;

/**
 * Draws tokens from rows of logits, in the order {@link SamplingParams} tells. Holds scratch memory for one vocabulary,
 * so each thread needs its own; the result depends on the arguments alone.
 *
 * <p>The random number goes through the tokens in the order of their ids, so that rounding noise between near-equal
 * logits cannot reorder what it is compared with.
 */
public final class Sampler {

    private final int vocabularySize;
    private final float[] logits;
    private final double[] weights;
    private final int[] counts;
    private final long[] keys;

    public Sampler(int vocabularySize) {
        this.vocabularySize = vocabularySize;
        this.logits = new float[vocabularySize];
        this.weights = new double[vocabularySize];
        this.counts = new int[vocabularySize];
        this.keys = new long[vocabularySize];
    }

    /** Of the logits it draws from. */
    public int vocabularySize() {
        return vocabularySize;
    }

    /**
     * Draws the token behind the row's fed tokens.
     *
     * @param raw the model's logits, one for each token of the vocabulary; not changed
     * @return the token, or {@link RowResult#NO_TOKEN} where the logits are not numbers one could draw from
     */
    public int draw(float[] raw, StepRow row) {
        SamplingParams params = row.sampling();
        int position = row.position() + row.count();
        System.arraycopy(raw, 0, logits, 0, vocabularySize);
        if (params.hasPenaltiesOrBias()) {
            shift(params, row.history(), row.promptLength(), position);
        }
        int likeliest = likeliest(logits, vocabularySize);
        if (likeliest == RowResult.NO_TOKEN || params.isGreedy()) {
            return likeliest;
        }
        weigh(params.temperature(), logits[likeliest]);
        if (params.minP() > 0) {
            dropBelow(params.minP());
        }
        if (params.topK() > 0 && params.topK() < vocabularySize) {
            keepTopK(params.topK());
        }
        if (params.topP() < 1) {
            keepTopP(params.topP());
        }
        return pick(uniform(params.seed(), position));
    }

    /**
     * As {@link #draw}, from the likeliest tokens only; the same token as from all, where the row asks for no more of
     * them than there are, and for no penalties, biases or log probabilities.
     *
     * @param candidates token ids
     * @param candidateLogits theirs
     */
    public static int drawAmong(int[] candidates, float[] candidateLogits, StepRow row) {
        int count = candidates.length;
        long[] byToken = new long[count];
        for (int i = 0; i < count; i++) {
            byToken[i] = (long) candidates[i] << 32 | i;
        }
        Arrays.sort(byToken);
        float[] logits = new float[count];
        for (int i = 0; i < count; i++) {
            logits[i] = candidateLogits[(int) byToken[i]];
        }
        int drawn = new Sampler(count).draw(logits, row);
        return drawn == RowResult.NO_TOKEN ? drawn : (int) (byToken[drawn] >> 32);
    }

    /** The log probability of a token after raw logits, and the {@code top} likeliest tokens with theirs. */
    public TokenLogprobs logprobs(float[] raw, int token, int top) {
        int likeliest = likeliest(raw, vocabularySize);
        if (likeliest == RowResult.NO_TOKEN) {
            return new TokenLogprobs(token, Float.NaN, new int[0], new float[0]);
        }
        double sum = 0;
        for (int i = 0; i < vocabularySize; i++) {
            sum += Math.exp((double) raw[i] - raw[likeliest]);
        }
        double greatest = raw[likeliest];
        double logSum = Math.log(sum);
        int[] topTokens = top(raw, Math.min(top, vocabularySize));
        float[] topLogprobs = new float[topTokens.length];
        for (int i = 0; i < topTokens.length; i++) {
            topLogprobs[i] = (float) (raw[topTokens[i]] - greatest - logSum);
        }
        return new TokenLogprobs(token, (float) (raw[token] - greatest - logSum), topTokens, topLogprobs);
    }

    /** The index of the greatest number, the lowest one of equals; NO_TOKEN where a NaN or no finite maximum is there. */
    private static int likeliest(float[] logits, int size) {
        int best = 0;
        for (int i = 0; i < size; i++) {
            if (Float.isNaN(logits[i])) {
                return RowResult.NO_TOKEN;
            }
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return Float.isInfinite(logits[best]) ? RowResult.NO_TOKEN : best;
    }

    private void shift(SamplingParams params, int[] history, int promptLength, int length) {
        for (int i = 0; i < params.biasTokens().length; i++) {
            int token = params.biasTokens()[i];
            if (token >= 0 && token < vocabularySize) {
                logits[token] += params.biasValues()[i];
            }
        }
        for (int i = 0; i < length; i++) {
            if (counts[history[i]]++ == 0) {
                logits[history[i]] = repeated(logits[history[i]], params.repetitionPenalty());
            }
        }
        Arrays.fill(counts, 0);
        for (int i = promptLength; i < length; i++) {
            if (counts[history[i]]++ == 0) {
                logits[history[i]] -= params.presencePenalty();
            }
            logits[history[i]] -= params.frequencyPenalty();
        }
        Arrays.fill(counts, 0);
    }

    private static float repeated(float logit, float penalty) {
        return logit > 0 ? logit / penalty : logit * penalty;
    }

    /** Probabilities, up to a common factor: 1 for the likeliest. */
    private void weigh(double temperature, double greatest) {
        for (int i = 0; i < vocabularySize; i++) {
            weights[i] = Math.exp((logits[i] - greatest) / temperature);
        }
    }

    private void dropBelow(double weightMin) {
        for (int i = 0; i < vocabularySize; i++) {
            if (weights[i] < weightMin) {
                weights[i] = 0;
            }
        }
    }

    private void keepTopK(int topK) {
        int kept = collectKeys(Double.MIN_VALUE);
        if (kept > topK) {
            Arrays.sort(keys, 0, kept);
            for (int i = topK; i < kept; i++) {
                weights[tokenOf(keys[i])] = 0;
            }
        }
    }

    private void keepTopP(double topP) {
        double total = 0;
        for (double weight : weights) {
            total += weight;
        }
        // All tokens below this weight together hold less than 1 - topP, so none of them can be needed; the factor
        // makes sure of it in the face of rounding. It saves sorting the vocabulary.
        int candidates = collectKeys(Math.max(Double.MIN_VALUE, 0.5 * (1 - topP) * total / vocabularySize));
        Arrays.sort(keys, 0, candidates);
        double wanted = topP * total;
        double sum = 0;
        double last = 0;
        int kept = 0;
        while (kept < candidates && sum < wanted) {
            last = weights[tokenOf(keys[kept])];
            sum += last;
            kept++;
        }
        for (int i = kept; i < candidates; i++) {
            weights[tokenOf(keys[i])] = 0;
        }
        for (int i = 0; i < vocabularySize; i++) {
            if (weights[i] < last) {
                weights[i] = 0;
            }
        }
    }

    /** Puts the tokens of at least this weight into {@link #keys}. */
    private int collectKeys(double weightMin) {
        int size = 0;
        for (int i = 0; i < vocabularySize; i++) {
            if (weights[i] >= weightMin) {
                keys[size++] = key(logits[i], i);
            }
        }
        return size;
    }

    /** Sorts like (logit falling, token id rising). */
    private static long key(float logit, int token) {
        int bits = Float.floatToIntBits(logit + 0f); // + 0: -0 sorts as 0.
        int rising = bits >= 0 ? bits : bits ^ 0x7fffffff;
        return (long) ~rising << 32 | token;
    }

    private static int tokenOf(long key) {
        return (int) key;
    }

    private int pick(double uniform) {
        double total = 0;
        for (double weight : weights) {
            total += weight;
        }
        double target = uniform * total;
        double sum = 0;
        int last = RowResult.NO_TOKEN;
        for (int i = 0; i < vocabularySize; i++) {
            if (weights[i] > 0) {
                sum += weights[i];
                last = i;
                if (sum > target) {
                    return i;
                }
            }
        }
        return last;
    }

    /** The likeliest tokens, likeliest first, ties to the lowest id; without sorting the rest. */
    private int[] top(float[] raw, int top) {
        long[] best = new long[top];
        int size = 0;
        for (int i = 0; i < vocabularySize && top > 0; i++) {
            long key = key(raw[i], i);
            if (size == top && key >= best[size - 1]) {
                continue;
            }
            int at = size < top ? size++ : size - 1;
            while (at > 0 && best[at - 1] > key) {
                best[at] = best[at - 1];
                at--;
            }
            best[at] = key;
        }
        return Arrays.stream(best).mapToInt(Sampler::tokenOf).toArray();
    }

    /**
     * A random number of [0, 1) from (seed, position) alone, by SplitMix64 (Steele, Lea and Flood, "Fast splittable
     * pseudorandom number generators", 2014).
     */
    static double uniform(long seed, int position) {
        long mixed = mix(mix(seed) + 0x9e3779b97f4a7c15L * (position + 1L));
        return (mixed >>> 11) * 0x1p-53;
    }

    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
