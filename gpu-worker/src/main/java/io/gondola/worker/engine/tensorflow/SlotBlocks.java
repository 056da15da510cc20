package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.StepRow;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.tensorflow.Session;

/** The blocks of the KV cache behind each slot: the {@link BlockPool}'s decisions, and the contents that follow them. */
final class SlotBlocks {

    /** Fewer tokens are computed sooner than copied. */
    static final int REUSED_TOKENS_MIN = 4;

    private final Session session;
    private final KvCache cache;
    private final BlockPool pool;
    /** Blocks that may hold something that is no number, which survives being masked. */
    private final BitSet spoiledBlocks = new BitSet();
    /** Slots whose keys and values nobody can vouch for: blocks were on the move when TensorFlow failed. */
    private final BitSet lostSlots = new BitSet();

    SlotBlocks(Session session, KvCache cache, BlockPool pool) {
        this.session = session;
        this.cache = cache;
        this.pool = pool;
    }

    /** Gives a row's slot the blocks that it needs for this step; a row at position 0 begins anew. */
    void board(StepRow row) {
        if (row.position() == 0) {
            release(row.slot());
        }
        if (lostSlots.get(row.slot())) {
            throw new IllegalStateException("the keys and values in slot " + row.slot() + " were lost");
        }
        List<Integer> dirty = pool.extend(row.slot(), row.position() + row.count()).stream()
                .filter(spoiledBlocks::get)
                .toList();
        if (!dirty.isEmpty()) {
            cache.clear(session, dirty);
            dirty.forEach(spoiledBlocks::clear);
        }
    }

    /** The slot may hold something that is no number: its blocks are cleared when given away. */
    void spoil(int slot) {
        for (int block : pool.of(slot)) {
            spoiledBlocks.set(block);
        }
        pool.hold(slot, new int[0], 0);
    }

    /** Copies into an empty slot what the cache holds of these tokens; says of how many. */
    int reuse(int slot, int[] history, int tokensMax) {
        release(slot);
        List<BlockPool.Move> moves = pool.copyPrefix(slot, history, tokensMax, REUSED_TOKENS_MIN);
        if (!moves.isEmpty()) {
            cache.move(session, moves);
            moves.forEach(move -> spoiledBlocks.clear(move.to()));
        }
        return pool.held(slot);
    }

    /** What the row's slot holds once the row is computed. */
    void hold(StepRow row) {
        pool.hold(row.slot(), row.history(), isSpoiled(row.slot()) ? 0 : row.position() + row.count());
    }

    /** Takes the slot's blocks back, and keeps them for who begins with the same tokens. */
    void keep(int slot) {
        if (lostSlots.get(slot) || isSpoiled(slot) || pool.held(slot) < REUSED_TOKENS_MIN) {
            release(slot);
        } else {
            pool.keep(slot);
        }
    }

    /** Takes the slot's blocks back. */
    void release(int slot) {
        pool.release(slot);
        lostSlots.clear(slot);
    }

    /** Brings the blocks in use together where they are scattered. */
    void compact() {
        List<BlockPool.Move> moves = pool.compact();
        if (!moves.isEmpty()) {
            try {
                cache.move(session, moves);
            } catch (RuntimeException | OutOfMemoryError failure) {
                // Some layers may have moved and others not. Whoever is aboard would go on with another's keys.
                lostSlots.or(pool.slotsAboard());
                pool.forgetKept();
                throw failure;
            }
            BitSet spoiled = (BitSet) spoiledBlocks.clone();
            for (BlockPool.Move move : moves) {
                spoiled.set(move.to(), spoiledBlocks.get(move.from()));
            }
            spoiledBlocks.clear();
            spoiledBlocks.or(spoiled);
        }
    }

    private boolean isSpoiled(int slot) {
        return Arrays.stream(pool.of(slot)).anyMatch(spoiledBlocks::get);
    }
}
