package io.gondola.worker.engine.tensorflow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Who has which block of the KV cache. Attention of decode tokens reads the cache from its beginning to the last block in
 * use, without copying; so a sequence is given the lowest free blocks, and blocks far up move down when too much of what
 * is read is nobody's.
 */
final class BlockPool {

    /** The first block stays zero and nobody's: what pads a sequence's list of blocks. */
    static final int NOBODY = 0;

    /** Blocks that may be read in vain, besides as many as are in use. */
    static final int IDLE_BLOCKS_MAX = 32;

    /** A block's contents go to another block. */
    record Move(int from, int to) {}

    private final int blocks;
    private final BitSet used = new BitSet();
    private final int[][] ofSlot;

    BlockPool(int slots, int blocks) {
        this.blocks = blocks;
        this.ofSlot = new int[slots][0];
        used.set(NOBODY);
    }

    /**
     * Gives a slot the blocks it lacks for this many tokens.
     *
     * @return those blocks; they hold what their last owner left
     */
    List<Integer> extend(int slot, int tokens) {
        int has = ofSlot[slot].length;
        int needs = Math.max(has, KvLayout.blocks(tokens));
        int[] own = Arrays.copyOf(ofSlot[slot], needs);
        List<Integer> added = new ArrayList<>();
        for (int i = has; i < needs; i++) {
            int block = used.nextClearBit(0);
            if (block >= blocks) {
                throw new IllegalStateException("all " + blocks + " blocks of the KV cache are in use");
            }
            used.set(block);
            own[i] = block;
            added.add(block);
        }
        ofSlot[slot] = own;
        return added;
    }

    /** Takes all blocks from a slot. */
    void release(int slot) {
        for (int block : ofSlot[slot]) {
            used.clear(block);
        }
        ofSlot[slot] = new int[0];
    }

    /** The slot's blocks, in the order of their positions. */
    int[] of(int slot) {
        return ofSlot[slot].clone();
    }

    int block(int slot, int position) {
        return ofSlot[slot][position / KvLayout.BLOCK_TOKENS];
    }

    /** Blocks from the first to the last in use. */
    int extent() {
        return used.length();
    }

    /** What must move so that little is read in vain; the pool already counts it as moved. */
    List<Move> compact() {
        int count = used.cardinality();
        List<Move> moves = new ArrayList<>();
        if (extent() <= 2 * count + IDLE_BLOCKS_MAX) {
            return moves;
        }
        for (int[] own : ofSlot) {
            for (int i = 0; i < own.length; i++) {
                if (own[i] >= count) {
                    int to = used.nextClearBit(0);
                    moves.add(new Move(own[i], to));
                    used.clear(own[i]);
                    used.set(to);
                    own[i] = to;
                }
            }
        }
        return moves;
    }
}
