package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pool under random sequences, with what the blocks hold written down beside it. */
class BlockPoolTest {

    private static final int SLOTS = 6;
    private static final int CONTEXT_TOKENS = 300;
    private static final int BLOCKS = 1 + SLOTS * KvLayout.blocks(CONTEXT_TOKENS);

    /** What each block holds: the tokens of its positions, and those before. */
    private final Map<Integer, int[]> contents = new HashMap<>();

    private BlockPool pool = new BlockPool(SLOTS, BLOCKS, 1);
    private final int[][] histories = new int[SLOTS][];
    private long reused;
    private long compacted;

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 2", "1, 3", "1, 4", "2, 1", "2, 2", "2, 3", "2, 4", "2, 5", "2, 6"})
    void blocksHoldWhatTheirSequencesWrote(int lanes, long seed) {
        pool = new BlockPool(SLOTS, BLOCKS, lanes);
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            int slot = random.nextInt(SLOTS);
            if (histories[slot] == null) {
                start(slot, random);
            } else if (random.nextInt(4) == 0 || pool.held(slot) == histories[slot].length) {
                end(slot, random.nextBoolean());
            } else {
                int tokens = Math.min(histories[slot].length, pool.held(slot) + 1 + random.nextInt(60));
                pool.extend(slot, tokens);
                write(slot, tokens);
            }
            if (random.nextInt(50) == 0) {
                endAllButOne(random.nextInt(SLOTS));
            }
            for (List<BlockPool.Move> moves = pool.compact(); !moves.isEmpty(); moves = pool.compact()) {
                compacted += moves.size();
                move(moves);
            }
            check(lanes, seed, i);
        }
        assertThat(reused).as("tokens reused, seed %s", seed).isPositive();
        assertThat(compacted).as("moves, seed %s", seed).isPositive();
    }

    private void start(int slot, Random random) {
        int[] history = new Random(random.nextInt(4)).ints(CONTEXT_TOKENS, 0, 9).toArray();
        int own = random.nextInt(CONTEXT_TOKENS);
        for (int i = own; i < CONTEXT_TOKENS; i++) {
            history[i] = random.nextInt(9);
        }
        histories[slot] = Arrays.copyOf(history, 1 + random.nextInt(CONTEXT_TOKENS));
        move(pool.copyPrefix(slot, histories[slot], histories[slot].length - 1, 16));
        assertThat(pool.held(slot)).isLessThan(histories[slot].length);
        reused += pool.held(slot);
    }

    private void endAllButOne(int last) {
        for (int slot = 0; slot < SLOTS; slot++) {
            if (slot != last && histories[slot] != null) {
                end(slot, true);
            }
        }
    }

    private void end(int slot, boolean keep) {
        if (keep) {
            pool.keep(slot);
        } else {
            pool.release(slot);
        }
        histories[slot] = null;
    }

    private void write(int slot, int tokens) {
        int[] blocks = pool.of(slot);
        for (int i = pool.held(slot) / KvLayout.BLOCK_TOKENS; i < KvLayout.blocks(tokens); i++) {
            contents.put(blocks[i], Arrays.copyOf(histories[slot], Math.min(tokens, (i + 1) * KvLayout.BLOCK_TOKENS)));
        }
        pool.hold(slot, histories[slot], tokens);
    }

    private void move(List<BlockPool.Move> moves) {
        Map<Integer, int[]> moved = new HashMap<>();
        moves.forEach(move -> moved.put(move.to(), contents.get(move.from())));
        contents.putAll(moved);
    }

    private void check(int lanes, long seed, int round) {
        int[] seen = new int[BLOCKS];
        for (int slot = 0; slot < SLOTS; slot++) {
            int[] blocks = pool.of(slot);
            for (int i = 0; i < blocks.length; i++) {
                assertThat(seen[blocks[i]]++)
                        .as("owners, seed %s, round %s", seed, round)
                        .isZero();
                assertThat(blocks[i]).isBetween(BlockPool.NOBODY + 1, BLOCKS - 1);
                int from = i * KvLayout.BLOCK_TOKENS;
                int to = Math.min(pool.held(slot), from + KvLayout.BLOCK_TOKENS);
                if (from < to) {
                    assertThat(Arrays.copyOf(contents.get(blocks[i]), to))
                            .as("block %s of slot %s, seed %s, round %s", i, slot, seed, round)
                            .isEqualTo(Arrays.copyOf(histories[slot], to));
                }
            }
        }
        int[] sequences = new int[lanes];
        for (int slot = 0; slot < SLOTS; slot++) {
            sequences[pool.lane(slot)] += pool.of(slot).length > 0 ? 1 : 0;
        }
        for (int lane = 0; lane < lanes; lane++) {
            checkWindow(lane, "lane " + lane + ", seed " + seed + ", round " + round);
            assertThat(sequences[0] - sequences[lane])
                    .as("sequences in the lanes, seed %s, round %s", seed, round)
                    .isBetween(-1, 1);
        }
    }

    /** Little that is nobody's lies between the first block of a lane and its last. */
    private void checkWindow(int lane, String name) {
        BitSet own = pool.ofLane(lane);
        BitSet window = new BitSet();
        window.set(Math.max(0, own.nextSetBit(0)), own.length());
        for (int other = 0; other < BlockPool.LANES_MAX; other++) {
            window.andNot(pool.ofLane(other));
        }
        assertThat(window.cardinality())
                .as(name)
                .isLessThanOrEqualTo(own.cardinality() / 4 + BlockPool.IDLE_BLOCKS_MAX);
    }
}
