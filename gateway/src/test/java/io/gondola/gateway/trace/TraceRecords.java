package io.gondola.gateway.trace;

import io.gondola.gateway.metrics.Outcome;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.WaitReason;

/** Records of requests that never were. */
final class TraceRecords {

    static final long MILLI = 1_000_000;

    private TraceRecords() {}

    /** A request of one prompt of these tokens. */
    static TraceRecord of(long arrivedNanos, String tenant, int... head) {
        TraceRecord.Prompt prompt = new TraceRecord.Prompt(head.length + 5, 50, head);
        return new TraceRecord(
                arrivedNanos,
                "model",
                RequestClass.BATCH,
                tenant,
                3,
                new TraceRecord.Prompt[] {prompt},
                2,
                new int[] {7, 9},
                3,
                600 * MILLI,
                Outcome.SUCCESS,
                2 * MILLI,
                WaitReason.NO_SLOT,
                15 * MILLI,
                40 * MILLI + 1_234_567);
    }
}
