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

    static KvLayout of(int slots, DecoderDescription.Attention attention, int contextTokensMax) {
        return new KvLayout(
                Math.addExact(Math.multiplyExact(slots, blocks(contextTokensMax)), 1),
                attention.kvHeads(),
                attention.headSize());
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
