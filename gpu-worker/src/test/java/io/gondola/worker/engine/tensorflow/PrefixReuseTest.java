package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sequences that begin alike compute the beginning once, and say the same as without that. */
class PrefixReuseTest {

    private static final int SLOTS = 4;
    private static final int OUTPUT_TOKENS = 12;

    private static TensorFlowEngine load(String model, Precision precision) throws EngineException {
        return ReferenceCases.load(model, SLOTS, precision);
    }

    private static Ride ride(TensorFlowEngine engine, int slot, int[] prompt, boolean reuse) throws EngineException {
        Ride ride = Ride.greedy(prompt, OUTPUT_TOKENS);
        ride.position = reuse ? engine.reuse(slot, prompt, prompt.length - 1) : 0;
        return ride.alone(engine, slot, 1000);
    }

    @ParameterizedTest
    @CsvSource({"tiny-gpt2, F32", "tiny-llama, F32", "tiny-qwen3, INT8", "gondola-guide, F32", "gondola-guide, INT8"})
    void outputIsThatOfSequencesThatShareNothing(String model, Precision precision) throws Exception {
        Random random = new Random(model.hashCode());
        int[] system = ReferenceCases.of(model).get(0).prompt();
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            int[] prompt = random.ints(100, 0, 60).toArray();
            int common = Math.min(system.length, random.nextInt(100));
            System.arraycopy(system, 0, prompt, 0, common);
            prompts.add(prompt);
            if (random.nextInt(3) == 0) {
                prompts.add(prompt);
            }
        }
        List<int[]> expected = new ArrayList<>();
        try (TensorFlowEngine engine = load(model, precision)) {
            for (int[] prompt : prompts) {
                expected.add(ride(engine, 0, prompt, false).output());
                engine.release(0);
            }
        }
        int reused = 0;
        try (TensorFlowEngine engine = load(model, precision)) {
            for (int i = 0; i < prompts.size(); i++) {
                int slot = random.nextInt(SLOTS);
                int[] prompt = prompts.get(i);
                int cached = engine.reuse(slot, prompt, prompt.length - 1);
                reused += cached;
                Ride ride = Ride.greedy(prompt, OUTPUT_TOKENS);
                ride.position = cached;
                assertThat(ride.alone(engine, slot, 1000).output())
                        .as("prompt %s with %s tokens of the cache", i, cached)
                        .isEqualTo(expected.get(i));
                engine.releaseForReuse(slot);
            }
        }
        assertThat(reused).isPositive();
    }

    @Test
    void aConversationGoesOnBehindItsEarlierTurns() throws Exception {
        try (TensorFlowEngine engine = load("tiny-gpt2", Precision.F32)) {
            int[] prompt = new Random(3).ints(40, 0, 500).toArray();
            Ride first = ride(engine, 1, prompt, true);
            engine.releaseForReuse(1);
            int[] next = Arrays.copyOf(first.history, first.history.length + 5);
            assertThat(engine.reuse(2, next, next.length - 1)).isEqualTo(first.history.length - 1);
            engine.release(2);
            assertThat(engine.reuse(2, prompt, prompt.length - 1)).isEqualTo(prompt.length - 1);
            engine.release(2);
            next[0]++;
            assertThat(engine.reuse(2, next, next.length - 1)).isZero();
            assertThat(engine.reuse(2, prompt, 3)).as("too few to be worth it").isZero();
        }
    }

    @Test
    void aSequenceThatIsStillAboardServesOthers() throws Exception {
        try (TensorFlowEngine engine = load("tiny-llama", Precision.F32)) {
            int[] prompt = new Random(4).ints(50, 0, 400).toArray();
            int[] output = ride(engine, 0, prompt, true).output();
            Ride other = ride(engine, 1, prompt, true);
            assertThat(other.output()).isEqualTo(output);
            assertThat(engine.reuse(2, prompt, 49)).isEqualTo(49);
        }
    }
}
