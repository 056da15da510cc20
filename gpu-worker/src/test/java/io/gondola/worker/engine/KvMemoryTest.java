package io.gondola.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KvMemoryTest {

    private static final long MIB = 1 << 20;

    private static AvailableMemory available(long mebibytes) {
        return new AvailableMemory(mebibytes * MIB, "there are " + mebibytes + " MiB");
    }

    private static ModelMemory model(String name, long weights, long kvMin, long kvMax) {
        return new ModelMemory(name, weights * MIB, kvMin * MIB, kvMax * MIB);
    }

    private static List<Long> mebibytes(KvMemory memory, long available, ModelMemory... models) throws EngineException {
        return memory.divide(List.of(models), available(available)).stream()
                .map(bytes -> bytes / MIB)
                .toList();
    }

    @Test
    void sizesAndShares() {
        assertThat(KvMemory.parse("512MiB")).isEqualTo(KvMemory.ofBytes(512 * MIB));
        assertThat(KvMemory.parse("1.5GiB")).isEqualTo(KvMemory.ofBytes(1536 * MIB));
        assertThat(KvMemory.parse("2GB")).isEqualTo(KvMemory.ofBytes(2_000_000_000));
        assertThat(KvMemory.parse("100%")).isEqualTo(KvMemory.ofPercent(100));
    }

    @Test
    void aShareIsOfWhatTheWeightsLeave() throws Exception {
        assertThat(mebibytes(KvMemory.ofPercent(25), 1000, model("a", 600, 10, 5000)))
                .containsExactly(100L);
        assertThat(mebibytes(KvMemory.ofBytes(300 * MIB), 1000, model("a", 600, 10, 5000)))
                .containsExactly(300L);
    }

    @Test
    void noModelGetsMoreThanItCanUse() throws Exception {
        assertThat(mebibytes(
                        KvMemory.ofBytes(900 * MIB),
                        2000,
                        model("small", 10, 1, 50),
                        model("large", 20, 300, 5000),
                        model("other", 20, 1, 5000)))
                .as("the small one's rest goes to the others, which grow alike from what they need at least")
                .containsExactly(50L, 574L, 275L);
    }

    @Test
    void sharesNeverExceedTheWhole() throws Exception {
        Random random = new Random(3);
        for (int round = 0; round < 1_000; round++) {
            List<ModelMemory> models = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(4); i++) {
                int least = 1 + random.nextInt(50);
                models.add(model("m" + i, 0, least, least + random.nextInt(500)));
            }
            long kvBytes = (300 + random.nextInt(1000)) * MIB;
            List<Long> shares = KvMemory.ofBytes(kvBytes).divide(models, available(10_000));
            long sum = shares.stream().mapToLong(Long::longValue).sum();
            long useful = models.stream().mapToLong(ModelMemory::kvBytesMax).sum();
            assertThat(sum).as("round %s", round).isLessThanOrEqualTo(kvBytes);
            assertThat(sum).as("round %s", round).isGreaterThan(Math.min(kvBytes, useful) - models.size());
            for (int i = 0; i < models.size(); i++) {
                assertThat(shares.get(i))
                        .as("round %s, model %s", round, i)
                        .isBetween(models.get(i).kvBytesMin(), models.get(i).kvBytesMax());
            }
        }
    }

    @Test
    void whatDoesNotFitIsToldInNumbers() {
        refused(
                KvMemory.DEFAULT,
                500,
                "out of memory: the weights take 600 MiB and a KV cache that holds one whole context at least 64 MiB;"
                        + " there are 500 MiB");
        refused(KvMemory.DEFAULT, 650, "out of memory: the weights take 600 MiB");
        refused(KvMemory.DEFAULT, 650, "; a shorter context needs less (--max-context)");
        refused(KvMemory.ofBytes(20 * MIB), 1000, "; a shorter context needs less (--max-context)");
        refused(
                KvMemory.ofBytes(5000 * MIB),
                1000,
                "out of memory: a KV cache of 5,000 MiB was asked for, but the weights take 600 MiB");
        refused(
                KvMemory.ofBytes(20 * MIB),
                1000,
                "a KV cache of 20 MiB is too small: the weights take 600 MiB and a KV cache that holds one whole");
        ModelMemory[] two = {model("a", 300, 32, 100), model("b", 700, 32, 100)};
        assertThatThrownBy(() -> mebibytes(KvMemory.DEFAULT, 900, two))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("the weights take 1,000 MiB (a 300, b 700)");
    }

    @Test
    void theDefaultShareGivesWayToOneWholeContext() throws Exception {
        ModelMemory model = model("a", 600, 64, 5000);
        assertThat(mebibytes(KvMemory.DEFAULT, 600 + 2 * 63, model)).containsExactly(64L);
        assertThat(mebibytes(KvMemory.DEFAULT, 600 + 64, model)).containsExactly(64L);
        refused(KvMemory.DEFAULT, 600 + 63, "out of memory: the weights take 600 MiB");
        refused(KvMemory.ofPercent(40), 600 + 2 * 63, "a KV cache of 51 MiB is too small");
        assertThat(mebibytes(KvMemory.DEFAULT, 200, model("a", 60, 50, 500), model("b", 40, 20, 500)))
                .as("each has its least")
                .containsExactly(50L, 20L);
    }

    @Test
    void aShareShrinksWithWhatIsFreeWhenTheModelIsLoaded() throws Exception {
        ModelMemory model = model("a", 600, 64, 5000);
        EngineOptions share = EngineOptions.ofSlots(8).withKvBytesMax(200 * MIB).withKvPercent(50);
        assertThat(KvMemory.ofModel(model, share, available(2000))).isEqualTo(200 * MIB);
        assertThat(KvMemory.ofModel(model, share, available(900))).isEqualTo(150 * MIB);
        assertThat(KvMemory.ofModel(model, share, available(670))).isEqualTo(64 * MIB);
        assertThatThrownBy(() -> KvMemory.ofModel(model, share, available(660)))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("out of memory: the weights take 600 MiB")
                .hasMessageNotContaining("asked for");
    }

    @Test
    void aSizeStaysWhatWasAskedFor() throws Exception {
        ModelMemory model = model("a", 600, 64, 5000);
        EngineOptions size = EngineOptions.ofSlots(8).withKvBytesMax(200 * MIB);
        assertThat(KvMemory.ofModel(model, size, available(800))).isEqualTo(200 * MIB);
        assertThatThrownBy(() -> KvMemory.ofModel(model, size, available(799)))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("a KV cache of 200 MiB was asked for");
        assertThatThrownBy(() -> KvMemory.ofModel(model, EngineOptions.ofSlots(8), available(5599)))
                .as("a whole context for each slot")
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("a KV cache of 5,000 MiB was asked for");
    }

    private static void refused(KvMemory memory, long available, String expected) {
        assertThatThrownBy(() -> mebibytes(memory, available, model("a", 600, 64, 5000)))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining(expected);
    }
}
