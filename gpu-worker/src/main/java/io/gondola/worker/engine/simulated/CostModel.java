package io.gondola.worker.engine.simulated;

import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepRow;

/**
 * How long a simulated step takes: a fixed part, a part for each sequence, and a part for each prompt token.
 *
 * @param stepNanos what a step costs however little it does (reading the weights)
 * @param sequenceNanos what each sequence adds (reading its KV cache)
 * @param prefillTokenNanos what each token beyond a sequence's first adds (arithmetic)
 */
public record CostModel(long stepNanos, long sequenceNanos, long prefillTokenNanos) {

    /** No time at all: the text, and nothing to wait for. */
    public static final CostModel FREE = new CostModel(0, 0, 0);

    /** About what a 7B model in bf16 takes on one large GPU: 60 tokens a second alone, 8,000 prompt tokens a second. */
    public static final CostModel LARGE_GPU = new CostModel(16_000_000, 200_000, 120_000);

    public CostModel {
        if (stepNanos < 0 || sequenceNanos < 0 || prefillTokenNanos < 0) {
            throw new IllegalArgumentException("costs must not be negative");
        }
    }

    /** What the batch costs. */
    public long nanos(StepBatch batch) {
        long nanos = stepNanos + sequenceNanos * batch.rows().size();
        for (StepRow row : batch.rows()) {
            nanos += prefillTokenNanos * (row.count() - 1);
        }
        return nanos;
    }
}
