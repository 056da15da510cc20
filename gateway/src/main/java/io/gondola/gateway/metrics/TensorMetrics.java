package io.gondola.gateway.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What requests for inferences counted and took, by models that there are; the meters are those of all event loops. */
public final class TensorMetrics {

    private static final double[] BUCKET_SECONDS = {
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60
    };

    private final MeterRegistry registry;
    private final Map<String, Map<Outcome, Counter>> requests = new HashMap<>();
    private final Map<String, Timer> durations = new HashMap<>();

    public TensorMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** @param model null where it is not known */
    public void onRequestEnd(@Nullable String model, Outcome outcome, long nanos) {
        String tag = model == null ? "unknown" : model;
        Counter counter = requests.computeIfAbsent(tag, name -> counters(name)).get(outcome);
        if (counter != null) {
            counter.increment();
        }
        durations.computeIfAbsent(tag, this::timer).record(nanos, TimeUnit.NANOSECONDS);
    }

    private Map<Outcome, Counter> counters(String model) {
        Map<Outcome, Counter> counters = new HashMap<>();
        for (Outcome outcome : Outcome.values()) {
            counters.put(
                    outcome,
                    Counter.builder("gondola.inference.requests")
                            .description("Client requests for inferences by how they ended")
                            .tag("model", model)
                            .tag("outcome", outcome.tag())
                            .register(registry));
        }
        return counters;
    }

    private Timer timer(String model) {
        return Timer.builder("gondola.inference.request.duration")
                .description("From the head of a request for an inference to the end of its answer")
                .tag("model", model)
                .serviceLevelObjectives(Arrays.stream(BUCKET_SECONDS)
                        .mapToObj(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
                        .toArray(Duration[]::new))
                .register(registry);
    }
}
