package io.gondola.scheduler.simulation;

import io.gondola.protocol.WaitReason;
import io.gondola.scheduler.simulation.LoadResult.Outcome;
import io.gondola.scheduler.simulation.LoadResult.Percentiles;
import io.gondola.scheduler.simulation.LoadResult.Tenant;
import io.gondola.scheduler.simulation.LoadResult.Times;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** Counts what becomes of a load while it runs, in memory that does not grow with it. */
final class LoadTally {

    /** It never boarded, or never gave a token. */
    static final long NEVER = -1;

    /** Parts of the load that are told apart over time. */
    static final int PARTS = 60;

    /** Samples of a load; the time after its last arrival has more. */
    static final int SAMPLES = 240;

    /** After so many the state is looked at no more: what is left of a load then is its tail. */
    private static final int SAMPLES_MAX = 4 * SAMPLES;

    /** Tenants beyond it are counted as one. */
    private static final int TENANTS_MAX = 20_000;

    private static final String OTHER_TENANTS = "(others)";
    private static final int NANOS_PER_MICRO = 1_000;
    private static final double MICROS_PER_MILLI = 1e3;
    /** A value is told to one part in a thousand of itself, over time to one in a hundred. */
    private static final int TOTAL_DIGITS = 3;

    private static final int PART_DIGITS = 2;

    private static final class Distributions {
        final Histogram queueWait;
        final Histogram firstToken;
        final Histogram duration;

        Distributions(int digits) {
            queueWait = new Histogram(digits);
            firstToken = new Histogram(digits);
            duration = new Histogram(digits);
        }

        void add(long queueWaitNanos, long firstTokenNanos, long durationNanos) {
            record(queueWait, queueWaitNanos);
            record(firstToken, firstTokenNanos);
            record(duration, durationNanos);
        }

        private static void record(Histogram in, long nanos) {
            if (nanos != NEVER) {
                in.recordValue(nanos / NANOS_PER_MICRO);
            }
        }

        Times times() {
            return new Times(percentiles(queueWait), percentiles(firstToken), percentiles(duration));
        }

        private static Percentiles percentiles(Histogram of) {
            return new Percentiles(millis(of, 50), millis(of, 95), millis(of, 99));
        }

        private static double millis(Histogram of, double percentile) {
            return of.getTotalCount() == 0 ? Double.NaN : of.getValueAtPercentile(percentile) / MICROS_PER_MILLI;
        }
    }

    private static final class Service {
        long generations;
        long promptTokens;
        long outputTokens;
        final long[] byPart = new long[PARTS];

        Tenant toTenant() {
            return new Tenant(
                    generations,
                    promptTokens,
                    outputTokens,
                    Arrays.stream(byPart).boxed().toList());
        }
    }

    private final long loadNanos;
    private final Distributions total = new Distributions(TOTAL_DIGITS);
    private final List<Distributions> parts = new ArrayList<>();
    private final long[] outcomes = new long[Outcome.values().length];
    private final long[] waitReasons = new long[WaitReason.values().length];
    private final Map<String, Service> tenants = new HashMap<>();
    private final List<LoadResult.Sample> samples = new ArrayList<>();
    private long endNanos;
    private long promptTokens;
    private long cachedTokens;
    private long outputTokens;

    /** @param loadNanos when the last request may arrive */
    LoadTally(long loadNanos) {
        this.loadNanos = Math.max(1, loadNanos);
        for (int i = 0; i < PARTS; i++) {
            parts.add(new Distributions(PART_DIGITS));
        }
    }

    void onBoarded(WaitReason reason) {
        waitReasons[reason.ordinal()]++;
    }

    /**
     * One generation has ended.
     *
     * @param queueWaitNanos until it boarded, or {@link #NEVER}
     * @param firstTokenNanos until its first token, or {@link #NEVER}
     * @param durationNanos until its end
     * @param tokens it gave
     * @param cached tokens of its prompt that did not have to be computed
     */
    void onEnd(
            LoadRequest request,
            Outcome outcome,
            long queueWaitNanos,
            long firstTokenNanos,
            long durationNanos,
            int tokens,
            int cached) {
        long endedNanos = request.arrivalNanos() + durationNanos;
        outcomes[outcome.ordinal()]++;
        total.add(queueWaitNanos, firstTokenNanos, durationNanos);
        parts.get(part(request.arrivalNanos())).add(queueWaitNanos, firstTokenNanos, durationNanos);
        endNanos = Math.max(endNanos, endedNanos);
        promptTokens += request.promptTokens();
        cachedTokens += cached;
        outputTokens += tokens;
        Service service = tenants.get(request.tenant());
        if (service == null) {
            String name = tenants.size() < TENANTS_MAX ? request.tenant() : OTHER_TENANTS;
            service = tenants.computeIfAbsent(name, added -> new Service());
        }
        service.generations++;
        service.promptTokens += request.promptTokens();
        service.outputTokens += tokens;
        service.byPart[part(endedNanos)] += tokens;
    }

    void onSample(LoadResult.Sample sample) {
        if (samples.size() < SAMPLES_MAX) {
            samples.add(sample);
        }
    }

    /** How far samples are apart. */
    long sampleNanos() {
        return Math.max(SimWorld.MILLI, loadNanos / SAMPLES);
    }

    private int part(long nanos) {
        return (int) Math.min(PARTS - 1, (long) ((double) nanos / loadNanos * PARTS));
    }

    LoadResult toResult(String name, int workers, long schedulerEvents) {
        Map<String, Tenant> services = new TreeMap<>();
        tenants.forEach((tenant, service) -> services.put(tenant, service.toTenant()));
        return new LoadResult(
                name,
                workers,
                counted(Outcome.values(), outcomes),
                loadNanos,
                endNanos,
                promptTokens,
                cachedTokens,
                outputTokens,
                total.times(),
                parts.stream().map(Distributions::times).toList(),
                counted(WaitReason.values(), waitReasons),
                services,
                samples,
                schedulerEvents);
    }

    /** Those that occurred. */
    private static <E> Map<E, Long> counted(E[] values, long[] counts) {
        Map<E, Long> counted = new HashMap<>();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                counted.put(values[i], counts[i]);
            }
        }
        return counted;
    }
}
