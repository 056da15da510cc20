package io.gondola.gateway.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What the requests for one model counted and took. Shared by all event loops. */
public final class ModelMetrics {

    private final Map<Outcome, Counter> requestsByOutcome;
    private final Timer timeToFirstToken;
    private final Timer interTokenLatency;
    private final Timer requestDuration;
    private final Counter promptTokens;
    private final Counter outputTokens;
    private final AtomicInteger generationsOpen = new AtomicInteger();
    private final TextCounts counts = new TextCounts(System::currentTimeMillis);

    ModelMetrics(MeterRegistry registry, String model) {
        requestsByOutcome = requestCounters(registry, model);
        timeToFirstToken = timer(
                registry,
                model,
                "gondola.time.to.first.token",
                "From the head of a request to its first token",
                new double[] {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60});
        interTokenLatency = timer(
                registry,
                model,
                "gondola.inter.token.latency",
                "From one token of a generation to the next",
                new double[] {0.001, 0.0025, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5});
        requestDuration = timer(
                registry,
                model,
                "gondola.request.duration",
                "From the head of a request to the end of its answer",
                new double[] {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300});
        promptTokens = counter(registry, model, "gondola.prompt.tokens", "Prompt tokens submitted");
        outputTokens = counter(registry, model, "gondola.output.tokens", "Output tokens received");
        Gauge.builder("gondola.generations.open", generationsOpen, AtomicInteger::get)
                .description("Generations that have not ended")
                .tag("model", model)
                .register(registry);
    }

    static Map<Outcome, Counter> requestCounters(MeterRegistry registry, String model) {
        Map<Outcome, Counter> counters = new EnumMap<>(Outcome.class);
        for (Outcome outcome : Outcome.values()) {
            counters.put(
                    outcome,
                    Counter.builder("gondola.requests")
                            .description("Client requests by how they ended")
                            .tag("model", model)
                            .tag("outcome", outcome.tag())
                            .register(registry));
        }
        return counters;
    }

    private static Counter counter(MeterRegistry registry, String model, String name, String description) {
        return Counter.builder(name)
                .description(description)
                .tag("model", model)
                .register(registry);
    }

    private static Timer timer(
            MeterRegistry registry, String model, String name, String description, double[] bucketSeconds) {
        Duration[] buckets = Arrays.stream(bucketSeconds)
                .mapToObj(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
                .toArray(Duration[]::new);
        return Timer.builder(name)
                .description(description)
                .tag("model", model)
                .serviceLevelObjectives(buckets)
                .register(registry);
    }

    /** A request ended. */
    public void onRequestEnd(Outcome outcome, long durationNanos) {
        Counter requests = requestsByOutcome.get(outcome);
        if (requests != null) {
            requests.increment();
        }
        requestDuration.record(durationNanos, TimeUnit.NANOSECONDS);
    }

    /** A request that was submitted ended. */
    public void onCallEnd(Outcome outcome, TextCounts.Answered times) {
        if (outcome == Outcome.SUCCESS) {
            counts.onAnswered(times);
        } else {
            counts.onFailed(times.allNanos());
        }
        onRequestEnd(outcome, times.allNanos());
    }

    /** What became of those that were submitted. */
    public TextCounts counts() {
        return counts;
    }

    public void onFirstToken(long waitNanos) {
        timeToFirstToken.record(waitNanos, TimeUnit.NANOSECONDS);
    }

    public void onNextTokens(long waitNanos) {
        interTokenLatency.record(waitNanos, TimeUnit.NANOSECONDS);
    }

    public void onSubmitted(int tokens) {
        promptTokens.increment(tokens);
    }

    public void onOutput(int tokens) {
        outputTokens.increment(tokens);
    }

    /** Generations opened, or with a negative number ended. */
    public void addGenerationsOpen(int change) {
        generationsOpen.addAndGet(change);
    }
}
