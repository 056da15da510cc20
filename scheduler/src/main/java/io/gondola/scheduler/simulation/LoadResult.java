package io.gondola.scheduler.simulation;

import io.gondola.protocol.WaitReason;
import java.util.List;
import java.util.Map;

/**
 * What a load met at a fleet, in figures whose number does not grow with the load.
 *
 * @param name what it is called beside others
 * @param workers at the beginning; 0 where that is not known
 * @param outcomes how many generations ended so
 * @param loadNanos when the last request might arrive
 * @param endNanos the last end, from the beginning of the load
 * @param promptTokens of all generations
 * @param cachedTokens those of them that were computed before, for another generation
 * @param outputTokens given out
 * @param total times of all generations
 * @param parts the same of those that arrived in each of the equal parts of the load
 * @param waitReasons what those that boarded had waited for
 * @param tenants by name
 * @param samples the fleet and its queue over time
 * @param schedulerEvents events that the scheduler core took
 */
public record LoadResult(
        String name,
        int workers,
        Map<Outcome, Long> outcomes,
        long loadNanos,
        long endNanos,
        long promptTokens,
        long cachedTokens,
        long outputTokens,
        Times total,
        List<Times> parts,
        Map<WaitReason, Long> waitReasons,
        Map<String, Tenant> tenants,
        List<Sample> samples,
        long schedulerEvents) {

    /** How a generation ended for its client. */
    public enum Outcome {
        COMPLETE,
        /** At the door, or because its time passed in the queue. */
        REFUSED,
        /** Its time passed while it was running. */
        LATE,
        /** Its client left. */
        CANCELLED
    }

    /** What is measured of a generation, from its arrival. */
    public enum Measure {
        QUEUE_WAIT,
        FIRST_TOKEN,
        DURATION
    }

    /** The values, in milliseconds, that half, 95 % and 99 % of the generations stay at or below; NaN of none. */
    public record Percentiles(double p50, double p95, double p99) {

        double of(int percent) {
            return percent == 50 ? p50 : percent == 95 ? p95 : p99;
        }
    }

    /** The times of some generations: the wait of those that boarded, the first token of those that got one. */
    public record Times(Percentiles queueWait, Percentiles firstToken, Percentiles duration) {

        public Percentiles of(Measure measure) {
            return switch (measure) {
                case QUEUE_WAIT -> queueWait;
                case FIRST_TOKEN -> firstToken;
                case DURATION -> duration;
            };
        }
    }

    /**
     * One tenant.
     *
     * @param outputTokensByPart given out in each of the equal parts of the load; what came after it is in the last
     */
    public record Tenant(long generations, long promptTokens, long outputTokens, List<Long> outputTokensByPart) {}

    /** The state at one instant of the load. @param busyWorkers workers with something aboard */
    public record Sample(long nanos, int queued, int running, int workers, int busyWorkers) {}

    public LoadResult {
        outcomes = Map.copyOf(outcomes);
        parts = List.copyOf(parts);
        waitReasons = Map.copyOf(waitReasons);
        samples = List.copyOf(samples);
    }

    public long count(Outcome outcome) {
        return outcomes.getOrDefault(outcome, 0L);
    }

    public long generations() {
        return outcomes.values().stream().mapToLong(Long::longValue).sum();
    }

    /** From the beginning to the last end. */
    public double seconds() {
        return endNanos / 1e9;
    }

    public double outputTokensPerSecond() {
        return endNanos == 0 ? 0 : outputTokens / seconds();
    }

    /** The longest line seen. */
    public int queuedMax() {
        return samples.stream().mapToInt(Sample::queued).max().orElse(0);
    }

    /** The most workers seen with something aboard. */
    public int busyWorkersMax() {
        return samples.stream().mapToInt(Sample::busyWorkers).max().orElse(0);
    }
}
