package io.gondola.worker.engine.tensorflow;

/**
 * Where keys and values lie. Each layer has two variables of shape {@code [slots * kvHeads * paddedTokens, headSize]}:
 * a slot's head is a run of positions, in blocks of {@link #BLOCK_TOKENS}. Seen as {@code [blocks, BLOCK_TOKENS *
 * headSize]} the same memory is gathered block by block, so that attention copies as many blocks as the longest
 * sequence aboard has, not as many as it might have.
 *
 * @param slots sequences
 * @param kvHeads heads of keys and values
 * @param headSize width of a head
 * @param paddedTokens positions of a slot, rounded up to whole blocks
 */
record KvLayout(int slots, int kvHeads, int headSize, int paddedTokens) {

    /** Tokens of a block: small enough to waste little on short sequences, large enough to copy fast. */
    static final int BLOCK_TOKENS = 32;

    static KvLayout of(int slots, DecoderDescription.Attention attention, int contextTokensMax) {
        return new KvLayout(slots, attention.kvHeads(), attention.headSize(), blocks(contextTokensMax) * BLOCK_TOKENS);
    }

    /** Blocks that hold this many tokens. */
    static int blocks(int tokens) {
        return (tokens + BLOCK_TOKENS - 1) / BLOCK_TOKENS;
    }

    int blocksPerHead() {
        return paddedTokens / BLOCK_TOKENS;
    }

    /** Rows of a variable. */
    long rows() {
        return (long) slots * kvHeads * paddedTokens;
    }

    /** The row of a position in a slot's first head; the next head's is {@code paddedTokens} further. */
    int row(int slot, int position) {
        return slot * kvHeads * paddedTokens + position;
    }

    /** The block in a slot's first head; the next head's is {@link #blocksPerHead} further. */
    int block(int slot, int index) {
        return slot * kvHeads * blocksPerHead() + index;
    }
}
