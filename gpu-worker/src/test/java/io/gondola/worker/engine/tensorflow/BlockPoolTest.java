package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pool under random sequences, with what the blocks hold written down beside it. */
class BlockPoolTest {

    private static final int SLOTS = 6;
    private static final int CONTEXT_TOKENS = 300;
    private static final int BLOCKS = 1 + SLOTS * KvLayout.blocks(CONTEXT_TOKENS);

    /** What each block holds: the tokens of its positions, and those before. */
    private final Map<Integer, int[]> contents = new HashMap<>();

    private final BlockPool pool = new BlockPool(SLOTS, BLOCKS);
    private final int[][] histories = new int[SLOTS][];
    private long reused;
    private long compacted;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void blocksHoldWhatTheirSequencesWrote(long seed) {
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
            List<BlockPool.Move> moves = pool.compact();
            compacted += moves.size();
            move(moves);
            check(seed, i);
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

    private void check(long seed, int round) {
        int[] seen = new int[BLOCKS];
        for (int slot = 0; slot < SLOTS; slot++) {
            int[] blocks = pool.of(slot);
            for (int i = 0; i < blocks.length; i++) {
                assertThat(seen[blocks[i]]++)
                        .as("owners, seed %s, round %s", seed, round)
                        .isZero();
                assertThat(blocks[i]).isNotEqualTo(BlockPool.NOBODY).isLessThan(pool.extent());
                int from = i * KvLayout.BLOCK_TOKENS;
                int to = Math.min(pool.held(slot), from + KvLayout.BLOCK_TOKENS);
                if (from < to) {
                    assertThat(Arrays.copyOf(contents.get(blocks[i]), to))
                            .as("block %s of slot %s, seed %s, round %s", i, slot, seed, round)
                            .isEqualTo(Arrays.copyOf(histories[slot], to));
                }
            }
        }
        int aboard = 1 + Arrays.stream(seen).sum();
        assertThat(pool.extent()).isLessThanOrEqualTo(2 * aboard + BlockPool.IDLE_BLOCKS_MAX);
    }
}
