package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gondola.protocol.SamplingParams;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine against what other implementations computed: alone, and with anybody aboard. */
class TensorFlowEngineAnswersTest {

    private static final int SLOTS = 6;
    private static final Map<String, TensorFlowEngine> ENGINES = new HashMap<>();

    private static TensorFlowEngine engine(String model) throws EngineException {
        TensorFlowEngine engine = ENGINES.get(model);
        if (engine == null) {
            engine = ReferenceCases.load(model, SLOTS, Precision.F32);
            ENGINES.put(model, engine);
        }
        return engine;
    }

    @AfterAll
    static void closeEngines() {
        ENGINES.values().forEach(TensorFlowEngine::close);
        ENGINES.clear();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-gpt2", "tiny-llama", "tiny-qwen2", "tiny-qwen3"})
    void firstLogitsAreTheReferences(String model) throws EngineException {
        TensorFlowEngine engine = engine(model);
        for (ReferenceCases.Case reference : ReferenceCases.of(model)) {
            for (int chunk : new int[] {1, 7, 1000}) {
                float[] logits = EngineLogits.behind(engine, 1, reference.prompt(), chunk);
                assertThat(logits).hasSameSizeAs(reference.firstLogits());
                for (int i = 0; i < logits.length; i++) {
                    assertThat(logits[i])
                            .as("logit %s, chunks of %s, prompt %s", i, chunk, Arrays.toString(reference.prompt()))
                            .isCloseTo(reference.firstLogits()[i], within(1e-3f));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-gpt2", "tiny-llama", "tiny-qwen2", "tiny-qwen3", ReferenceCases.DEMO})
    void greedyTokensAloneAreTheReferences(String model) throws EngineException {
        TensorFlowEngine engine = engine(model);
        int slot = 0;
        for (ReferenceCases.Case reference : ReferenceCases.of(model)) {
            Ride ride = Ride.greedy(reference.prompt(), reference.greedy().length);
            assertThat(ride.alone(engine, slot++ % SLOTS, 16).output())
                    .as("prompt %s", Arrays.toString(reference.prompt()))
                    .isEqualTo(reference.greedy());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-gpt2", "tiny-llama", "tiny-qwen2", "tiny-qwen3", ReferenceCases.DEMO})
    void greedyTokensInAMixedBatchAreTheReferences(String model) throws EngineException {
        for (long seed = 1; seed <= 3; seed++) {
            List<Ride> rides = new ArrayList<>();
            Map<Ride, int[]> expected = new HashMap<>();
            for (int copy = 0; copy < 3; copy++) {
                for (ReferenceCases.Case reference : ReferenceCases.of(model)) {
                    Ride ride = Ride.greedy(reference.prompt(), reference.greedy().length);
                    rides.add(ride);
                    expected.put(ride, reference.greedy());
                }
            }
            runMixed(engine(model), rides, new Random(seed));
            for (Ride ride : rides) {
                assertThat(ride.output())
                        .as("seed %s, prompt %s", seed, Arrays.toString(ride.prompt))
                        .isEqualTo(expected.get(ride));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-gpt2", "tiny-llama", "tiny-qwen2", "tiny-qwen3", ReferenceCases.DEMO})
    void drawnTokensDependOnSeedAndHistoryAlone(String model) throws EngineException {
        List<ReferenceCases.Case> cases = ReferenceCases.of(model);
        List<Ride> alone = new ArrayList<>();
        List<Ride> mixed = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            SamplingParams sampling = new SamplingParams(
                    0.9f,
                    i % 3 == 0 ? 0.9f : 1,
                    i % 4 == 0 ? 20 : 0,
                    i % 6 == 1 ? 0.02f : 0,
                    1000 + i,
                    i % 2 == 0 ? 0 : 0.3f,
                    0,
                    i % 2 == 0 ? 1 : 1.1f,
                    new int[0],
                    new float[0]);
            int[] prompt = cases.get(i % cases.size()).prompt();
            alone.add(new Ride(prompt, 20, sampling).alone(engine(model), 0, 9));
            mixed.add(new Ride(prompt, 20, sampling));
        }
        runMixed(engine(model), mixed, new Random(7));
        for (int i = 0; i < alone.size(); i++) {
            assertThat(mixed.get(i).output())
                    .as("ride %s", i)
                    .isEqualTo(alone.get(i).output());
        }
        assertThat(alone.stream().map(ride -> Arrays.toString(ride.output())).distinct())
                .hasSizeGreaterThan(8);
        // After a restart, or on another worker: another engine, with other slots.
        try (TensorFlowEngine other = ReferenceCases.load(model, 2, Precision.F32)) {
            for (Ride ride : alone) {
                assertThat(new Ride(ride.prompt, 20, ride.sampling)
                                .alone(other, 1, 64)
                                .output())
                        .isEqualTo(ride.output());
                other.release(1);
            }
        }
    }

    /** Rides arrive at random, take any free slot, ride in some of the steps with chunks of any size, and leave. */
    private static void runMixed(TensorFlowEngine engine, List<Ride> rides, Random random) throws EngineException {
        List<Ride> waiting = new ArrayList<>(rides);
        Collections.shuffle(waiting, random);
        List<Ride> aboard = new ArrayList<>();
        List<Integer> free = new ArrayList<>();
        for (int slot = 0; slot < SLOTS; slot++) {
            free.add(slot);
        }
        while (!waiting.isEmpty() || !aboard.isEmpty()) {
            while (!free.isEmpty() && !waiting.isEmpty() && (aboard.isEmpty() || random.nextInt(3) == 0)) {
                Ride ride = waiting.remove(0);
                ride.slot = free.remove(random.nextInt(free.size()));
                aboard.add(ride);
            }
            Collections.shuffle(aboard, random);
            List<Ride> riding = aboard.subList(0, 1 + random.nextInt(aboard.size()));
            step(engine, riding, random);
            for (Ride ride : List.copyOf(aboard)) {
                if (ride.isDone()) {
                    aboard.remove(ride);
                    free.add(ride.slot);
                    engine.release(ride.slot);
                }
            }
        }
    }

    private static void step(TensorFlowEngine engine, List<Ride> riding, Random random) throws EngineException {
        List<StepRow> rows = new ArrayList<>();
        for (Ride ride : riding) {
            rows.add(ride.next(1 + random.nextInt(40)));
        }
        StepResult result = engine.step(new StepBatch(rows));
        assertThat(result.rows()).hasSameSizeAs(rows);
        for (int i = 0; i < rows.size(); i++) {
            riding.get(i).onResult(rows.get(i), result.rows().get(i));
        }
    }
}
