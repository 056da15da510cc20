package io.gondola.worker.engine.tensorflow;

import io.gondola.protocol.SamplingParams;
import io.gondola.worker.engine.StepRow;
import java.util.List;
import java.util.function.Supplier;

/** Raw logits of a loaded engine, past the sampler. */
final class EngineLogits {

    private EngineLogits() {}

    /** The logits behind a prompt that is fed in chunks. */
    static float[] behind(TensorFlowEngine engine, int slot, int[] prompt, int chunkTokens) {
        float[][] seen = new float[1][];
        PassRunner.Receiver receiver = new PassRunner.Receiver() {
            @Override
            public void onSegment(Segment segment, boolean allNumbers) {}

            @Override
            public void onLikeliest(Segment segment, int token, boolean allNumbers) {}

            @Override
            public void onTop(Segment segment, int[] tokens, float[] logits, boolean allNumbers) {}

            @Override
            public void onNucleus(
                    Segment segment,
                    PassRunner.Candidates candidates,
                    Supplier<float[]> allLogits,
                    boolean allNumbers) {}

            @Override
            public void onLogits(Segment segment, int position, float[] logits) {
                seen[0] = logits.clone();
            }
        };
        for (int position = 0; position < prompt.length; position += chunkTokens) {
            int count = Math.min(chunkTokens, prompt.length - position);
            boolean last = position + count == prompt.length;
            StepRow row =
                    new StepRow(slot, prompt, prompt.length, position, count, last, SamplingParams.greedy(), 0, false);
            engine.decoder().blocks().board(row);
            engine.decoder().run(List.of(row), receiver);
        }
        return seen[0];
    }
}
