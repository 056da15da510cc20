package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.SamplingParams;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What leaves the graph for whom, all in one batch. */
class PassOutputsTest {

    private static SamplingParams sampling(float temperature, float topP, int topK, float presencePenalty) {
        return new SamplingParams(temperature, topP, topK, 0, 1, presencePenalty, 0, 1, new int[0], new float[0]);
    }

    private static StepRow row(int slot, SamplingParams sampling, int topLogprobs) {
        int[] prompt = {slot, 5, 6};
        return new StepRow(slot, prompt, 3, 0, 3, true, sampling, topLogprobs, false);
    }

    /** {@link PassOutputs} itself refuses logits of more rows than it asked for. */
    @Test
    void logitsAreReadForThoseRowsThatNeedThem() throws Exception {
        List<StepRow> rows = List.of(
                row(0, sampling(1, 1, 0, 0), -1),
                row(1, sampling(0, 1, 0, 0), -1),
                row(2, sampling(1, 1, 40, 0), -1),
                row(3, sampling(0, 1, 0, 0), 2),
                row(4, sampling(1, 0.9f, 5, 0), -1),
                row(5, sampling(1, 0.9f, 0, 0), -1),
                row(6, sampling(0, 1, 0, 0.5f), -1),
                row(7, sampling(0, 1, 0, 0), -1));
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        try (TensorFlowEngine engine = ReferenceCases.load("tiny-gpt2", rows.size(), Precision.F32)) {
            rows.forEach(engine.decoder().blocks()::board);
            engine.decoder().run(rows, new Recorder(seen));
        }
        assertThat(seen)
                .containsExactlyInAnyOrder(
                        "all of slot 0",
                        "likeliest of slot 1",
                        "40 of slot 2",
                        "all of slot 3",
                        "5 of slot 4",
                        "256 of slot 5",
                        "all of slot 6",
                        "likeliest of slot 7");
    }

    private record Recorder(List<String> seen) implements PassRunner.Receiver {

        @Override
        public void onSegment(Segment segment, boolean allNumbers) {
            assertThat(allNumbers).isTrue();
        }

        @Override
        public void onLikeliest(Segment segment, int token, boolean allNumbers) {
            seen.add("likeliest of slot " + segment.row().slot());
        }

        @Override
        public void onTop(Segment segment, int[] tokens, float[] logits, boolean allNumbers) {
            seen.add(segment.row().sampling().topK() + " of slot "
                    + segment.row().slot());
        }

        @Override
        public void onNucleus(
                Segment segment, PassRunner.Candidates candidates, Supplier<float[]> allLogits, boolean allNumbers) {
            seen.add(candidates.tokens().length + " of slot " + segment.row().slot());
            float[] logits = allLogits.get();
            for (int i = 0; i < candidates.tokens().length; i++) {
                assertThat(logits[candidates.tokens()[i]]).isEqualTo(candidates.logits()[i]);
            }
        }

        @Override
        public void onLogits(Segment segment, int position, float[] logits) {
            seen.add("all of slot " + segment.row().slot());
        }
    }
}
