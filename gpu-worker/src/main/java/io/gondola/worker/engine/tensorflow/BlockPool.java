package io.gondola.worker.engine.tensorflow;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Who has which block of the KV cache. Sequences sit in lanes, which are computed side by side. Attention of decode tokens
 * reads the cache from the first block of its lane to the last, without copying; so the first lane is given the lowest
 * free blocks and the second the highest, and blocks change places when too much of what is read is not aboard.
 *
 * <p>What ended sequences computed stays as long as nobody needs the room, for sequences that begin with the same tokens.
 */
final class BlockPool {

    /** The first block stays zero and nobody's. */
    static final int NOBODY = 0;

    /** One lane grows from the bottom of the cache, the other from its top. */
    static final int LANES_MAX = 2;

    /** Blocks that a lane may read in vain, besides a quarter of those that it must. */
    static final int IDLE_BLOCKS_MAX = 8;

    /** Ended sequences whose blocks are kept; the longest unused goes first. */
    static final int KEPT_SEQUENCES_MAX = 64;

    /** A block's contents go to another block. All moves of a list happen at once. */
    record Move(int from, int to) {}

    private final int blockCount;
    private final int lanes;
    private final BitSet used = new BitSet();
    private final BlockRun[] aboard;
    /** The longest unused first. */
    private final Deque<BlockRun> kept = new ArrayDeque<>();

    BlockPool(int slots, int blockCount, int lanes) {
        if (lanes < 1 || lanes > LANES_MAX) {
            throw new IllegalArgumentException("lanes must be 1 to " + LANES_MAX + ": " + lanes);
        }
        this.blockCount = blockCount;
        this.lanes = lanes;
        this.aboard = new BlockRun[slots];
        Arrays.setAll(aboard, slot -> new BlockRun());
        used.set(NOBODY);
    }

    /**
     * Gives a slot the blocks it lacks for this many tokens, if need be those of ended sequences.
     *
     * @return those blocks; they hold what their last owner left
     */
    List<Integer> extend(int slot, int tokens) {
        BlockRun run = aboard[slot];
        int has = run.blocks.length;
        if (has == 0) {
            run.lane = emptiestLane();
        }
        List<Integer> added = new ArrayList<>();
        for (int i = has; i < KvLayout.blocks(tokens); i++) {
            added.add(take(run.lane));
        }
        run.blocks = Arrays.copyOf(run.blocks, has + added.size());
        for (int i = 0; i < added.size(); i++) {
            run.blocks[has + i] = added.get(i);
        }
        return added;
    }

    private int emptiestLane() {
        return IntStream.range(0, lanes)
                .boxed()
                .min(Comparator.comparingLong(lane -> runs(lane).count()))
                .orElseThrow();
    }

    private Stream<BlockRun> runs(int lane) {
        return Arrays.stream(aboard).filter(run -> run.lane == lane && run.blocks.length > 0);
    }

    private int take(int lane) {
        while (used.nextClearBit(0) >= blockCount) {
            BlockRun oldest = kept.poll();
            if (oldest == null) {
                throw new IllegalStateException("all " + blockCount + " blocks of the KV cache are in use");
            }
            free(oldest);
        }
        int block = lane == 0 ? used.nextClearBit(0) : used.previousClearBit(blockCount - 1);
        used.set(block);
        return block;
    }

    private void free(BlockRun run) {
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
        aboard[slot] = new BlockRun();
    }

    /** Takes all blocks from a slot, and keeps them for who begins with the same tokens. */
    void keep(int slot) {
        BlockRun run = aboard[slot];
        aboard[slot] = new BlockRun();
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
        BlockRun best = aboard[slot];
        int common = Math.max(0, tokensMin - 1);
        for (BlockRun run : sources()) {
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

    private List<BlockRun> sources() {
        List<BlockRun> sources = new ArrayList<>(List.of(aboard));
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

    /** Which lane the slot's sequence sits in. */
    int lane(int slot) {
        return aboard[slot].lane;
    }

    /** The blocks of a lane. */
    BitSet ofLane(int lane) {
        BitSet blocks = new BitSet();
        runs(lane).forEach(run -> Arrays.stream(run.blocks).forEach(blocks::set));
        return blocks;
    }

    /**
     * What must move so that lanes carry alike and little is read in vain; the pool already counts it as moved. Of one lane
     * at a time, since all moves of a list happen at once: the other may move when this is asked again.
     */
    List<Move> compact() {
        balance();
        for (int lane = 0; lane < lanes; lane++) {
            BitSet read = ofLane(lane);
            int count = read.cardinality();
            int window = count == 0 ? 0 : read.length() - read.nextSetBit(0);
            if (window > count + count / 4 + IDLE_BLOCKS_MAX) {
                List<Move> moves = compact(lane, read);
                if (!moves.isEmpty()) {
                    return moves;
                }
            }
        }
        return List.of();
    }

    /** Gives the shorter lane a sequence of the longer; its blocks follow where they lie too far off. */
    private void balance() {
        int emptiest = emptiestLane();
        for (int lane = 0; lane < lanes; lane++) {
            if (runs(lane).count() > runs(emptiest).count() + 1) {
                runs(lane)
                        .min(Comparator.comparingInt(run -> run.blocks.length))
                        .orElseThrow()
                        .lane = emptiest;
            }
        }
    }

    private List<Move> compact(int lane, BitSet read) {
        BitSet places = nearest(lane, read.cardinality());
        BitSet free = (BitSet) places.clone();
        free.andNot(read);
        List<Move> moves = new ArrayList<>();
        for (BlockRun run : runs(lane).toList()) {
            for (int i = 0; i < run.blocks.length; i++) {
                int from = run.blocks[i];
                if (!places.get(from)) {
                    int to = free.nextSetBit(0);
                    free.clear(to);
                    run.blocks[i] = to;
                    moves.add(new Move(from, to));
                    moveAway(to, from, moves);
                }
            }
        }
        return moves;
    }

    /** The places nearest to the end that a lane grows from, save what others have aboard. */
    private BitSet nearest(int lane, int count) {
        BitSet others = new BitSet();
        others.set(NOBODY);
        for (int other = 0; other < lanes; other++) {
            if (other != lane) {
                others.or(ofLane(other));
            }
        }
        BitSet places = new BitSet();
        for (int i = 0; places.cardinality() < count; i++) {
            int block = lane == 0 ? i : blockCount - 1 - i;
            places.set(block, !others.get(block));
        }
        return places;
    }

    /** Whoever is kept in block {@code from} goes to block {@code to}, which becomes free otherwise. */
    private void moveAway(int from, int to, List<Move> moves) {
        for (BlockRun run : kept) {
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
