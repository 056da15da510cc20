package io.gondola.worker.engine.tensorflow;

import io.gondola.protocol.SamplingParams;
import io.gondola.worker.engine.StepRow;
import java.util.List;
import java.util.function.Supplier;

/** Raw logits of a loaded engine, past the sampler. */
final class EngineLogits {

    /** Who is given logits; several lanes may call, one at a time. The array is used again. */
    @FunctionalInterface
    interface Sink {
        /** The logits behind the token at {@code position}. */
        void onLogits(StepRow row, int position, float[] logits);
    }

    private EngineLogits() {}

    /** A step of rows that want log probabilities. */
    static void step(TensorFlowEngine engine, List<StepRow> rows, Sink sink) {
        SlotBlocks blocks = engine.decoder().blocks();
        rows.forEach(blocks::board);
        blocks.compact();
        engine.decoder().run(rows, new PassRunner.Receiver() {
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
            public synchronized void onLogits(Segment segment, int position, float[] logits) {
                sink.onLogits(segment.row(), position, logits);
            }
        });
        rows.forEach(blocks::hold);
    }

    /** The logits behind a prompt that is fed in chunks. */
    static float[] behind(TensorFlowEngine engine, int slot, int[] prompt, int chunkTokens) {
        float[][] seen = new float[1][];
        for (int position = 0; position < prompt.length; position += chunkTokens) {
            int count = Math.min(chunkTokens, prompt.length - position);
            boolean last = position + count == prompt.length;
            StepRow row =
                    new StepRow(slot, prompt, prompt.length, position, count, last, SamplingParams.greedy(), 0, false);
            step(engine, List.of(row), (fed, at, logits) -> seen[0] = logits.clone());
        }
        return seen[0];
    }
}
