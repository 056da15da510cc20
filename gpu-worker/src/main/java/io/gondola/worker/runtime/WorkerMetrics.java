package io.gondola.worker.runtime;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The meters of one model on a worker, present and 0 from the start. */
final class WorkerMetrics implements AutoCloseable {

    private final MeterRegistry registry;
    private final Timer stepSeconds;
    private final DistributionSummary batchSize;
    private final Counter prefillTokens;
    private final Counter decodeTokens;
    private final Counter failedSteps;
    private final Counter lookedUpTokens;
    private final Counter cachedTokens;
    private final AtomicInteger sequences = new AtomicInteger();
    private final Gauge sequencesAboard;

    WorkerMetrics(MeterRegistry registry, String model) {
        this.registry = registry;
        stepSeconds = Timer.builder("gondola.step")
                .description("Time of one forward pass over everybody aboard")
                .tag("model", model)
                .serviceLevelObjectives(buckets(1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 250, 500, 1000, 2500))
                .register(registry);
        batchSize = DistributionSummary.builder("gondola.batch.size")
                .description("Sequences in one step")
                .tag("model", model)
                .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256)
                .register(registry);
        prefillTokens = Counter.builder("gondola.prefill.tokens")
                .description("Prompt tokens computed")
                .tag("model", model)
                .register(registry);
        decodeTokens = Counter.builder("gondola.decode.tokens")
                .description("Tokens drawn and given out")
                .tag("model", model)
                .register(registry);
        lookedUpTokens = Counter.builder("gondola.prefix.looked.up.tokens")
                .description("Tokens of boarding sequences that could have been in the KV cache already")
                .tag("model", model)
                .register(registry);
        cachedTokens = Counter.builder("gondola.prefix.cached.tokens")
                .description(
                        "Tokens of boarding sequences that were in the KV cache already; the hit rate is their share")
                .tag("model", model)
                .register(registry);
        failedSteps = Counter.builder("gondola.steps.failed")
                .description("Steps that the engine could not compute")
                .tag("model", model)
                .register(registry);
        sequencesAboard = Gauge.builder("gondola.sequences.aboard", sequences, AtomicInteger::get)
                .description("Sequences that hold a slot")
                .tag("model", model)
                .strongReference(true)
                .register(registry);
    }

    private static Duration[] buckets(int... millis) {
        Duration[] buckets = new Duration[millis.length];
        for (int i = 0; i < millis.length; i++) {
            buckets[i] = Duration.ofMillis(millis[i]);
        }
        return buckets;
    }

    void step(long nanos, int rows, long prefilled) {
        stepSeconds.record(nanos, TimeUnit.NANOSECONDS);
        batchSize.record(rows);
        prefillTokens.increment(prefilled);
    }

    void tokensGivenOut(int tokens) {
        decodeTokens.increment(tokens);
    }

    /** @param cached how many of {@code tokens} were in the KV cache */
    void prefixLookedUp(int tokens, int cached) {
        lookedUpTokens.increment(tokens);
        cachedTokens.increment(cached);
    }

    void stepFailed() {
        failedSteps.increment();
    }

    void aboard(int count) {
        sequences.set(count);
    }

    /** Takes the gauge back, so that a worker started later in this JVM does not show this one's state. */
    @Override
    public void close() {
        registry.remove(sequencesAboard);
    }
}
