package io.gondola.worker.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gondola.protocol.ModelDescription;
import io.gondola.worker.bench.EngineBenchmark.Load;
import io.gondola.worker.bench.EngineBenchmark.Step;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult;
import io.gondola.worker.engine.StepRow;
import io.gondola.worker.engine.tensorflow.DecoderWork;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EngineBenchmarkTest {

    private static final int PREFILL_NANOS_PER_TOKEN = 10;
    private static final int DECODE_NANOS_PER_ROW = 1_000;

    /** Lets time pass by what it is given, and says token 7. */
    private static final class TimedEngine implements InferenceEngine {
        private final List<StepBatch> batches = new ArrayList<>();
        private final List<Integer> released = new ArrayList<>();
        private long nanos;

        @Override
        public ModelDescription describe() {
            return new ModelDescription("timed", "Timed", 64, 100, 8, 512);
        }

        @Override
        public StepResult step(StepBatch batch) {
            batches.add(batch);
            for (StepRow row : batch.rows()) {
                nanos += row.count() == 1 ? DECODE_NANOS_PER_ROW : (long) row.count() * PREFILL_NANOS_PER_TOKEN;
            }
            return new StepResult(batch.rows().stream()
                    .map(row -> new StepResult.RowResult(7, null, List.of()))
                    .toList());
        }

        @Override
        public void release(int slot) {
            released.add(slot);
        }

        @Override
        public void close() {}
    }

    private final TimedEngine engine = new TimedEngine();

    private List<Step> run(Load load, int budget, int rounds) throws EngineException {
        return new EngineBenchmark(engine, budget, () -> engine.nanos).run(load, rounds);
    }

    @Test
    void promptsGoFirstInChunksWithinTheBudgetAndThenEverySequenceGetsATokenAStep() throws EngineException {
        List<Step> steps = run(new Load(3, 10, 4), 16, 1);
        assertThat(steps)
                .containsExactly(
                        new Step(16, 1, 16, 55 + 21, true, 160),
                        new Step(14, 2, 20, 34 + 55, true, 140),
                        new Step(3, 3, 33, 33, false, 3_000),
                        new Step(3, 3, 36, 36, false, 3_000),
                        new Step(3, 3, 39, 39, false, 3_000));
    }

    @Test
    void theFirstRoundIsNotCountedAndSlotsAreGivenBack() throws EngineException {
        assertThat(run(new Load(2, 4, 3), 512, 2)).hasSize(2 * 3);
        assertThat(engine.batches).hasSize(3 * 3);
        assertThat(engine.released).containsExactly(0, 1, 0, 1, 0, 1);
    }

    @Test
    void whatWasDrawnIsFedAndPromptsDifferFromRoundToRound() throws EngineException {
        run(new Load(1, 6, 3), 512, 1);
        StepRow decode = engine.batches.get(2).rows().get(0);
        assertThat(decode.position()).isEqualTo(7);
        assertThat(decode.history()[6]).isEqualTo(7);
        assertThat(decode.history()[7]).isEqualTo(7);
        int[] first = engine.batches.get(0).rows().get(0).history();
        int[] second = engine.batches.get(3).rows().get(0).history();
        assertThat(List.of(first[0], first[1], first[2])).isNotEqualTo(List.of(second[0], second[1], second[2]));
    }

    @Test
    void sharesAreWhatAStepMustDoOverWhatTheMachineCould() throws EngineException {
        Load load = new Load(2, 8, 5);
        // 300 weights of 2 bytes, 10 bytes a token of the cache, 4 operations for each look back.
        DecoderWork work = new DecoderWork(200, 100, 2, 10, 4);
        MachineRates machine = new MachineRates(1, 1e9, 2e9);
        LoadSummary summary = LoadSummary.of(load, run(load, 512, 1), work, machine);
        StepSummary decode = summary.decode();
        assertThat(decode.stepMillis()).isEqualTo(0.002);
        assertThat(decode.contextTokens()).isEqualTo(2 * 10.5);
        assertThat(decode.bytes()).isEqualTo(600 + 210);
        assertThat(decode.bandwidthShare()).isCloseTo(810 / 2e-6 / 1e9, within(1e-9));
        assertThat(decode.operations()).isEqualTo(2 * 600 + 84);
        assertThat(decode.matrixShare()).isCloseTo(1284 / 2e-6 / 2e9, within(1e-9));
        assertThat(decode.tokensPerSecond()).isCloseTo(1e6, within(1e-3));
        assertThat(summary.prefill().tokens()).isEqualTo(16);
        assertThat(summary.prefill().operations()).isEqualTo(2 * 16 * 200 + 2 * 2 * 100 + 2 * 36 * 4);
        assertThat(summary.outputTokensPerSecond()).isCloseTo(10 / 8160e-9, within(1e-3));
    }
}
