package io.gondola.worker.engine.simulated;

import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepRow;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * How long a simulated step takes: a fixed part, a part for each sequence, and a part for each prompt token.
 *
 * @param stepNanos what a step costs however little it does (reading the weights)
 * @param sequenceNanos what each sequence adds (reading its KV cache)
 * @param prefillTokenNanos what each token beyond a sequence's first adds (arithmetic)
 */
public record CostModel(long stepNanos, long sequenceNanos, long prefillTokenNanos) {

    private static final int PARTS = 3;
    private static final int MILLI_DIGITS = 6;
    private static final Pattern MILLIS = Pattern.compile("\\d{1,6}(\\.\\d{1,6})?");

    /** No time at all: the text, and nothing to wait for. */
    public static final CostModel FREE = new CostModel(0, 0, 0);

    /** About what a 7B model in bf16 takes on one large GPU: 60 tokens a second alone, 8,000 prompt tokens a second. */
    public static final CostModel LARGE_GPU = new CostModel(16_000_000, 200_000, 120_000);

    public CostModel {
        if (stepNanos < 0 || sequenceNanos < 0 || prefillTokenNanos < 0) {
            throw new IllegalArgumentException("costs must not be negative");
        }
    }

    /**
     * Reads milliseconds, separated by colons; those that are missing are 0.
     *
     * @throws IllegalArgumentException saying what was expected
     */
    public static CostModel parse(String text) {
        String[] parts = text.split(":", -1);
        long[] nanos = new long[PARTS];
        for (int i = 0; i < Math.min(parts.length, PARTS); i++) {
            nanos[i] = MILLIS.matcher(parts[i]).matches()
                    ? new BigDecimal(parts[i]).movePointRight(MILLI_DIGITS).longValue()
                    : -1;
        }
        if (parts.length > PARTS || Arrays.stream(nanos).anyMatch(each -> each < 0)) {
            throw new IllegalArgumentException("expected up to three numbers of milliseconds, for example 16:0.2:0.12");
        }
        return new CostModel(nanos[0], nanos[1], nanos[2]);
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
