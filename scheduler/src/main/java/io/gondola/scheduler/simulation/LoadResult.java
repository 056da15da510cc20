package io.gondola.scheduler.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * What a load met.
 *
 * @param served every request, in the order of arrival
 * @param samples the fleet and its queue over time
 */
public record LoadResult(Fleet fleet, List<Served> served, List<Sample> samples) {

    /** It never boarded, or never gave a token. */
    public static final long NEVER = -1;

    /**
     * One request's fate.
     *
     * @param outcome COMPLETE, DEADLINE or REJECTED
     * @param queueWaitNanos until it boarded, or {@link #NEVER}
     * @param firstTokenNanos until its first token, or {@link #NEVER}
     * @param durationNanos until its end
     * @param outputTokens it gave
     */
    public record Served(
            LoadRequest request,
            String outcome,
            long queueWaitNanos,
            long firstTokenNanos,
            long durationNanos,
            int outputTokens) {}

    /** The state at one instant of the load. */
    public record Sample(long nanos, int queued, int running, int workers) {}

    public LoadResult {
        served = List.copyOf(served);
        samples = List.copyOf(samples);
    }

    public long count(String outcome) {
        return served.stream().filter(one -> one.outcome.equals(outcome)).count();
    }

    /** From the first arrival to the last end. */
    public double seconds() {
        return served.stream()
                        .mapToLong(one -> one.request.arrivalNanos() + one.durationNanos)
                        .max()
                        .orElse(0)
                / 1e9;
    }

    public double outputTokensPerSecond() {
        long tokens = served.stream().mapToLong(Served::outputTokens).sum();
        return seconds() == 0 ? 0 : tokens / seconds();
    }

    /** The value that this share of the requests stays at or below, in milliseconds; NaN when none has one. */
    public double millis(double share, ToLongFunction<Served> nanos) {
        return percentileMillis(served, share, nanos);
    }

    static double percentileMillis(List<Served> of, double share, ToLongFunction<Served> nanos) {
        long[] known = of.stream()
                .mapToLong(nanos)
                .filter(value -> value != NEVER)
                .sorted()
                .toArray();
        return known.length == 0 ? Double.NaN : known[(int) Math.ceil(share * known.length) - 1] / 1e6;
    }

    /** Requests by the part of the load, of {@code parts} equal ones, in which they arrived. */
    List<List<Served>> byArrival(int parts) {
        long end = served.isEmpty() ? 1 : served.get(served.size() - 1).request.arrivalNanos() + 1;
        List<List<Served>> buckets = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            buckets.add(new ArrayList<>());
        }
        served.forEach(one ->
                buckets.get((int) (one.request.arrivalNanos() * parts / end)).add(one));
        return buckets;
    }

    /** Output tokens by tenant. */
    public Map<String, Long> outputTokensByTenant() {
        Map<String, Long> tokens = new TreeMap<>();
        served.forEach(one -> tokens.merge(one.request.tenant(), (long) one.outputTokens, Long::sum));
        return tokens;
    }

    /** The longest line seen. */
    public int queuedMax() {
        return samples.stream().mapToInt(Sample::queued).max().orElse(0);
    }
}
