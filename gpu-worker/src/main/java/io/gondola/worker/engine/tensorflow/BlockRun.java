package io.gondola.worker.engine.tensorflow;

import java.util.Arrays;

/** Blocks whose contents are the keys and values of the first {@link #count} of some tokens. */
final class BlockRun {

    int[] blocks = new int[0];
    int[] tokens = new int[0];
    int count;
    /** Of no meaning where there are no blocks. */
    int lane;

    /** How many tokens, from the first, are the same. */
    int commonTokens(int[] others, int tokensMax) {
        int limit = Math.min(count, tokensMax);
        int mismatch = Arrays.mismatch(tokens, 0, limit, others, 0, limit);
        return mismatch < 0 ? limit : mismatch;
    }
}
