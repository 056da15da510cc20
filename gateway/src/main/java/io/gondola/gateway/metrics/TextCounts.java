package io.gondola.gateway.metrics;

import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.ModelStatistics.Spent;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What became of the requests for a model that generates text, in the form that is told of models that take tensors. Shared
 * by all event loops.
 *
 * <p>Each generation counts as a row and as a run of its own: the steps it shares with others are in the metrics.
 */
public final class TextCounts {

    private final LongSupplier clockMillis;
    private ModelStatistics sums = ModelStatistics.NONE;

    /** @param clockMillis milliseconds since 1970 */
    public TextCounts(LongSupplier clockMillis) {
        this.clockMillis = clockMillis;
    }

    /**
     * One request that was answered.
     *
     * @param generations that it came to
     * @param allNanos from its head to the end of its answer
     * @param inputNanos until the scheduler had taken it: reading, rendering, making tokens
     * @param queueNanos in the scheduler's queue
     * @param inferNanos of prefill and decode; text is made of tokens meanwhile
     */
    public record Answered(int generations, long allNanos, long inputNanos, long queueNanos, long inferNanos) {}

    synchronized void onAnswered(Answered answered) {
        sums = new ModelStatistics(
                sums.rows() + answered.generations(),
                sums.runs() + answered.generations(),
                clockMillis.getAsLong(),
                sums.succeeded().plus(answered.allNanos()),
                sums.failed(),
                sums.queued().plus(answered.queueNanos()),
                sums.input().plus(answered.inputNanos()),
                sums.infer().plus(answered.inferNanos()),
                sums.output().plus(0),
                List.of());
    }

    /** One that was refused, given up by its client, or failed on the way. */
    synchronized void onFailed(long allNanos) {
        sums = sums.plusFailed(new Spent(1, allNanos));
    }

    /** All so far. */
    public synchronized ModelStatistics all() {
        return sums;
    }
}
