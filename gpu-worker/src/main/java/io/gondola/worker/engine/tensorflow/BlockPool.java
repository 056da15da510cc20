package io.gondola.worker.engine.tensorflow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/**
 * Who has which block of the KV cache. Attention of decode tokens reads the cache from its beginning to the last block
 * of a sequence aboard, without copying; so a sequence is given the lowest free blocks, and blocks far up change places
 * with lower ones when too much of what is read is not aboard.
 *
 * <p>What ended sequences computed stays as long as nobody needs the room, for sequences that begin with the same tokens.
 */
final class BlockPool {

    /** The first block stays zero and nobody's. */
    static final int NOBODY = 0;

    /** Blocks that may be read in vain, besides as many as are aboard. */
    static final int IDLE_BLOCKS_MAX = 32;

    /** Ended sequences whose blocks are kept; the longest unused goes first. */
    static final int KEPT_SEQUENCES_MAX = 64;

    /** A block's contents go to another block. All moves of a list happen at once. */
    record Move(int from, int to) {}

    /** Blocks whose contents are the keys and values of the first {@code count} of these tokens. */
    private static final class Run {
        private int[] blocks = new int[0];
        private int[] tokens = new int[0];
        private int count;

        private int commonTokens(int[] others, int tokensMax) {
            int limit = Math.min(count, tokensMax);
            int mismatch = Arrays.mismatch(tokens, 0, limit, others, 0, limit);
            return mismatch < 0 ? limit : mismatch;
        }
    }

    private final int blockCount;
    private final BitSet used = new BitSet();
    private final Run[] aboard;
    /** The longest unused first. */
    private final Deque<Run> kept = new ArrayDeque<>();

    BlockPool(int slots, int blockCount) {
        this.blockCount = blockCount;
        this.aboard = new Run[slots];
        Arrays.setAll(aboard, slot -> new Run());
        used.set(NOBODY);
    }

    /**
     * Gives a slot the blocks it lacks for this many tokens, if need be those of ended sequences.
     *
     * @return those blocks; they hold what their last owner left
     */
    List<Integer> extend(int slot, int tokens) {
        Run run = aboard[slot];
        int has = run.blocks.length;
        List<Integer> added = new ArrayList<>();
        for (int i = has; i < KvLayout.blocks(tokens); i++) {
            added.add(take());
        }
        run.blocks = Arrays.copyOf(run.blocks, has + added.size());
        for (int i = 0; i < added.size(); i++) {
            run.blocks[has + i] = added.get(i);
        }
        return added;
    }

    private int take() {
        while (used.nextClearBit(0) >= blockCount) {
            Run oldest = kept.poll();
            if (oldest == null) {
                throw new IllegalStateException("all " + blockCount + " blocks of the KV cache are in use");
            }
            free(oldest);
        }
        int block = used.nextClearBit(0);
        used.set(block);
        return block;
    }

    private void free(Run run) {
        for (int block : run.blocks) {
            used.clear(block);
        }
    }

    /** What the slot's blocks hold from now on: the first {@code count} of these tokens, which do not change. */
    void hold(int slot, int[] tokens, int count) {
        aboard[slot].tokens = tokens;
        aboard[slot].count = count;
    }

    /** Takes all blocks from a slot. */
    void release(int slot) {
        free(aboard[slot]);
        aboard[slot] = new Run();
    }

    /** Takes all blocks from a slot, and keeps them for who begins with the same tokens. */
    void keep(int slot) {
        Run run = aboard[slot];
        aboard[slot] = new Run();
        kept.add(run);
        if (kept.size() > KEPT_SEQUENCES_MAX) {
            free(kept.remove());
        }
    }

    /** Gives up what ended sequences have left. */
    void forgetKept() {
        kept.forEach(this::free);
        kept.clear();
    }

    /** Slots that have blocks. */
    BitSet slotsAboard() {
        BitSet slots = new BitSet();
        for (int slot = 0; slot < aboard.length; slot++) {
            slots.set(slot, aboard[slot].blocks.length > 0);
        }
        return slots;
    }

    /**
     * Gives an empty slot copies of blocks that hold its first tokens.
     *
     * @param tokensMax of {@code tokens} at most
     * @param tokensMin fewer are not worth the copy
     * @return what must move; none where there is nothing to copy. {@link #held} then says for how many tokens
     */
    List<Move> copyPrefix(int slot, int[] tokens, int tokensMax, int tokensMin) {
        Run best = aboard[slot];
        int common = Math.max(0, tokensMin - 1);
        for (Run run : sources()) {
            int tokensInCommon = run.commonTokens(tokens, tokensMax);
            if (tokensInCommon > common) {
                best = run;
                common = tokensInCommon;
            }
        }
        if (best == aboard[slot]) {
            return List.of();
        }
        if (kept.remove(best)) {
            kept.add(best);
        }
        int[] from = best.blocks;
        List<Integer> to = extend(slot, common);
        List<Move> moves = new ArrayList<>();
        for (int i = 0; i < to.size(); i++) {
            if (to.contains(from[i])) {
                // So little room that the source itself was taken.
                release(slot);
                return List.of();
            }
            moves.add(new Move(from[i], to.get(i)));
        }
        hold(slot, tokens, common);
        return moves;
    }

    private List<Run> sources() {
        List<Run> sources = new ArrayList<>(List.of(aboard));
        sources.addAll(kept);
        return sources;
    }

    /** For how many tokens the slot's blocks hold keys and values. */
    int held(int slot) {
        return aboard[slot].count;
    }

    /** The slot's blocks, in the order of their positions. */
    int[] of(int slot) {
        return aboard[slot].blocks.clone();
    }

    int block(int slot, int position) {
        return aboard[slot].blocks[position / KvLayout.BLOCK_TOKENS];
    }

    /** Blocks from the first to the last that is aboard. */
    int extent() {
        int last = NOBODY;
        for (Run run : aboard) {
            last = Math.max(last, Arrays.stream(run.blocks).max().orElse(NOBODY));
        }
        return last + 1;
    }

    /** What must move so that little is read in vain; the pool already counts it as moved. */
    List<Move> compact() {
        BitSet read = new BitSet();
        read.set(NOBODY);
        for (Run run : aboard) {
            Arrays.stream(run.blocks).forEach(read::set);
        }
        int count = read.cardinality();
        List<Move> moves = new ArrayList<>();
        if (read.length() <= 2 * count + IDLE_BLOCKS_MAX) {
            return moves;
        }
        for (Run run : aboard) {
            for (int i = 0; i < run.blocks.length; i++) {
                if (run.blocks[i] >= count) {
                    int from = run.blocks[i];
                    int to = read.nextClearBit(0);
                    read.set(to);
                    run.blocks[i] = to;
                    moves.add(new Move(from, to));
                    moveAway(to, from, moves);
                }
            }
        }
        return moves;
    }

    /** Whoever is kept in block {@code from} goes to block {@code to}, which becomes free otherwise. */
    private void moveAway(int from, int to, List<Move> moves) {
        for (Run run : kept) {
            for (int i = 0; i < run.blocks.length; i++) {
                if (run.blocks[i] == from) {
                    run.blocks[i] = to;
                    moves.add(new Move(from, to));
                    return;
                }
            }
        }
        used.set(from);
        used.clear(to);
    }
}
