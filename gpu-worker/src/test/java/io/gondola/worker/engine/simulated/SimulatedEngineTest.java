package io.gondola.worker.engine.simulated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.protocol.SamplingParams;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulatedEngineTest {

    private static final int[] SILENT = {0, 3};

    private final List<Long> sleeps = new ArrayList<>();
    private final SimulatedEngine engine = new SimulatedEngine(
            SimulatedModel.endless("toy", 32, 10, 2, SILENT), new CostModel(1000, 100, 10), sleeps::add);

    private static StepRow row(int slot, int[] history, int promptLength, int position, int count, long seed) {
        SamplingParams sampling = new SamplingParams(1, 1, 0, 0, seed, 0, 0, 1, new int[0], new float[0]);
        return new StepRow(slot, history, promptLength, position, count, true, sampling, 5, true);
    }

    private int token(StepRow row) throws EngineException {
        return engine.step(new StepBatch(List.of(row))).rows().get(0).token();
    }

    @Test
    void stepsCostWhatTheModelSays() throws EngineException {
        engine.step(new StepBatch(List.of(row(0, new int[8], 8, 0, 8, 0), row(1, new int[] {1}, 1, 0, 1, 0))));
        assertThat(sleeps).containsExactly(1000L + 2 * 100 + 7 * 10);
    }

    @Test
    void costsAreReadInMilliseconds() {
        assertThat(CostModel.parse("16:0.2:0.12")).isEqualTo(CostModel.LARGE_GPU);
        assertThat(CostModel.parse("0")).isEqualTo(CostModel.FREE);
        assertThat(CostModel.parse("1.5:2")).isEqualTo(new CostModel(1_500_000, 2_000_000, 0));
        for (String wrong : List.of("", "-1", "1:", "1:2:3:4", "one", "1e3", "10000000")) {
            assertThatThrownBy(() -> CostModel.parse(wrong)).as(wrong).hasMessageContaining("16:0.2:0.12");
        }
    }

    @Test
    void drawsOnlySpokenTokensAndTellsSeedsAndPromptsApart() throws EngineException {
        List<Integer> drawn = new ArrayList<>();
        for (int seed = 0; seed < 200; seed++) {
            drawn.add(token(row(0, new int[] {1, 2}, 2, 0, 2, seed)));
        }
        assertThat(drawn).allMatch(token -> token >= 0 && token < 10).doesNotContain(0, 3);
        assertThat(drawn.stream().distinct()).hasSize(8);
        assertThat(token(row(1, new int[] {1, 2}, 2, 0, 2, 5))).isEqualTo(drawn.get(5));
    }

    @Test
    void endsTextsWhereItIsConfiguredTo() throws EngineException {
        SimulatedEngine ending =
                new SimulatedEngine(new SimulatedModel("toy", 32, 10, 1, SILENT, 3, 4), CostModel.FREE, nanos -> {});
        int ends = 0;
        for (int seed = 0; seed < 1000; seed++) {
            StepRow row = row(0, new int[] {1}, 1, 0, 1, seed);
            ends += ending.step(new StepBatch(List.of(row))).rows().get(0).token() == 3 ? 1 : 0;
        }
        assertThat(ends).isBetween(180, 320);
    }

    @Test
    void scoresHaveDistinctAlternatives() throws EngineException {
        TokenLogprobs logprobs = engine.step(new StepBatch(List.of(row(0, new int[] {1, 2}, 2, 0, 2, 0))))
                .rows()
                .get(0)
                .logprobs();
        assertThat(logprobs.topTokens()).hasSize(5).doesNotHaveDuplicates();
        assertThat(logprobs.topTokens()[0]).isEqualTo(logprobs.token());
        assertThat(logprobs.topLogprobs()).isSortedAccordingTo((a, b) -> Float.compare(b, a));
    }

    @Test
    void holdsTheStepLoopToTheCache() throws EngineException {
        token(row(0, new int[] {1, 2, 4, 5}, 4, 0, 2, 0));
        assertRefused("follows 2", row(0, new int[] {1, 2, 4, 5}, 4, 3, 1, 0));
        assertRefused("slot 2", row(2, new int[] {1}, 1, 0, 1, 0));
        assertRefused("slot 0", row(0, new int[] {1}, 1, 0, 1, 0), row(0, new int[] {1}, 1, 0, 1, 0));
        assertRefused("context of 32", row(0, new int[40], 40, 0, 33, 0));
        engine.release(0);
        assertRefused("follows 0", row(0, new int[] {1, 2, 4, 5}, 4, 2, 1, 0));
        engine.close();
        assertRefused("closed", row(0, new int[] {1}, 1, 0, 1, 0));
    }

    private void assertRefused(String words, StepRow... rows) {
        assertThatThrownBy(() -> engine.step(new StepBatch(List.of(rows))))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining(words);
    }
}
