package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.KvPrecision;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.ModelMemory;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many tokens a given memory holds, and that they really fit. */
class KvLayoutTest {

    private static final DecoderDescription.Attention ATTENTION = new DecoderDescription.Attention(4, 2, 8, false);
    private static final long BLOCK_BYTES = 1_000;

    @Test
    void aWholeContextForEachSlotIsAllThatIsTaken() {
        KvLayout layout = KvLayout.within(1L << 40, BLOCK_BYTES, 6, 100, ATTENTION);
        assertThat(layout.blocks()).isEqualTo(1 + 6 * 4);
        assertThat(layout.tokensMax(6, 100)).isEqualTo(600);
    }

    @Test
    void aCacheIsNeverLargerThanAnIndexCanCount() {
        KvLayout layout = KvLayout.within(Long.MAX_VALUE, 1, 4096, 1 << 24, ATTENTION);
        assertThat(layout.rows()).isBetween(1L << 29, 1L << 30);
    }

    /** Whatever the lengths, and whatever ended sequences have left behind. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theTokensThatAreToldFitHoweverTheyAreSpread(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            int slots = 1 + random.nextInt(20);
            int context = 1 + random.nextInt(200);
            long blocksMin = KvLayout.blocksMin(slots, context);
            long blocks = blocksMin + random.nextInt((int) (KvLayout.blocksMax(slots, context) - blocksMin) + 1);
            KvLayout layout = KvLayout.within(blocks * BLOCK_BYTES, BLOCK_BYTES, slots, context, ATTENTION);
            long tokensMax = layout.tokensMax(slots, context);
            assertThat(tokensMax).as("seed %s, round %s", seed, round).isGreaterThanOrEqualTo(context);
            BlockPool pool = new BlockPool(slots, layout.blocks(), 1 + slots % BlockPool.LANES_MAX);
            long left = tokensMax;
            for (int slot = 0; slot < slots && left > 0; slot++) {
                int tokens = (int) Math.min(left, 1 + random.nextInt(context));
                pool.extend(slot, tokens); // Throws where all blocks are taken.
                pool.hold(slot, new int[tokens], tokens);
                left -= tokens;
                if (random.nextInt(3) == 0) {
                    pool.keep(slot);
                    left += tokens;
                }
            }
        }
    }

    @Test
    void anEngineTellsHowManyTokensItsMemoryHolds() throws Exception {
        EngineOptions sixteen = EngineOptions.ofSlots(16);
        ModelMemory memory = TensorFlowEngine.memory("m", ReferenceCases.directory("tiny-gpt2"), sixteen);
        long blockBytes = memory.kvBytesMax() / (1 + 16 * 4);
        long tenBlocks = memory.kvBytesMin() + 10 * blockBytes;
        try (TensorFlowEngine engine = load(sixteen.withKvBytesMax(tenBlocks))) {
            assertThat(engine.describe().slots()).isEqualTo(16);
            assertThat(engine.describe().kvTokensMax()).isEqualTo(144 + 10 * 32);
        }
        EngineOptions halves = sixteen.withKvPrecision(KvPrecision.BF16).withKvBytesMax(tenBlocks);
        try (TensorFlowEngine engine = load(halves)) {
            assertThat(engine.describe().kvTokensMax())
                    .as("tokens in half the room each")
                    .isGreaterThan(2 * (144 + 10 * 32));
        }
        assertThatThrownBy(() -> load(sixteen.withKvBytesMax(memory.kvBytesMin() - 1)))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("is too small: the weights take 1 MiB");
        assertThatThrownBy(() -> load(sixteen.withKvBytesMax(1L << 50)))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("out of memory: a KV cache of 1,073,741,824 MiB was asked for, but");
    }

    private static TensorFlowEngine load(EngineOptions options) throws EngineException {
        return TensorFlowEngine.load("m", ReferenceCases.directory("tiny-gpt2"), options, LoadProgress.NONE);
    }
}
