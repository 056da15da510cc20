package io.gondola.worker.engine.tensorflow;

/**
 * Where keys and values lie. Each layer has two variables of shape {@code [blocks * kvHeads * BLOCK_TOKENS, headSize]}:
 * a block holds {@link #BLOCK_TOKENS} positions of one sequence, head by head. {@link BlockPool} says whose it is.
 *
 * @param blocks in all, {@link BlockPool#NOBODY} among them
 * @param kvHeads heads of keys and values
 * @param headSize width of a head
 */
record KvLayout(int blocks, int kvHeads, int headSize) {

    /** Tokens of a block: small enough to waste little on short sequences, large enough to multiply fast. */
    static final int BLOCK_TOKENS = 32;

    /** Rows of a variable that an int can count, with room to spare. */
    private static final long ROWS_MAX = Integer.MAX_VALUE / 2;

    /**
     * What fits into {@code bytes}, as far as it is of use and can be indexed.
     *
     * @param bytesPerBlock keys and values of all layers
     */
    static KvLayout within(
            long bytes, long bytesPerBlock, int slots, int contextTokensMax, DecoderDescription.Attention attention) {
        long blocks = Math.min(bytes / bytesPerBlock, blocksMax(slots, contextTokensMax));
        long indexed = ROWS_MAX / attention.kvHeads() / BLOCK_TOKENS;
        return new KvLayout((int) Math.min(blocks, indexed), attention.kvHeads(), attention.headSize());
    }

    /** Blocks that are of use: a whole context in each slot, and {@link BlockPool#NOBODY}. */
    static long blocksMax(int slots, int contextTokensMax) {
        return (long) slots * blocks(contextTokensMax) + 1;
    }

    /** Blocks that one whole context fits into whatever the other slots hold, as {@link #tokensMax} counts. */
    static long blocksMin(int slots, int contextTokensMax) {
        long rounded = contextTokensMax + (long) slots * (BLOCK_TOKENS - 1);
        return Math.min(blocksMax(slots, contextTokensMax), (rounded + BLOCK_TOKENS - 1) / BLOCK_TOKENS + 1);
    }

    /** Tokens that always fit, however they are spread over the slots: each may fill all but a token of a block in vain. */
    long tokensMax(int slots, int contextTokensMax) {
        return blocks == blocksMax(slots, contextTokensMax)
                ? (long) slots * contextTokensMax
                : Math.max(0, (blocks - 1L) * BLOCK_TOKENS - (long) slots * (BLOCK_TOKENS - 1));
    }

    /** Blocks that hold this many tokens. */
    static int blocks(int tokens) {
        return (tokens + BLOCK_TOKENS - 1) / BLOCK_TOKENS;
    }

    int rowsPerBlock() {
        return kvHeads * BLOCK_TOKENS;
    }

    /** Rows of a variable. */
    long rows() {
        return (long) blocks * rowsPerBlock();
    }

    /** The row of a position in a block's first head; the next head's is {@code BLOCK_TOKENS} further. */
    int row(int block, int offset) {
        return block * rowsPerBlock() + offset;
    }
}
