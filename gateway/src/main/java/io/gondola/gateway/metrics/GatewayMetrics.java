package io.gondola.gateway.metrics;

import io.gondola.launch.MalformedMessages;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * The meters of a gateway, all registered at once so that they are there and 0 from the start. Shared by all event
 * loops.
 */
public final class GatewayMetrics {

    /** The tag {@code model} of requests that failed before it was clear, or true, which model they are for. */
    public static final String UNKNOWN_MODEL = "unknown";

    private final Map<String, ModelMetrics> byModel = new HashMap<>();
    private final Map<Outcome, Counter> requestsOfUnknownModel;
    private final MalformedMessages malformedMessages;
    private final Counter staleChunks;
    private final Counter attemptsLost;

    public GatewayMetrics(MeterRegistry registry, Collection<String> models) {
        for (String model : models) {
            byModel.put(model, new ModelMetrics(registry, model));
        }
        requestsOfUnknownModel = ModelMetrics.requestCounters(registry, UNKNOWN_MODEL);
        malformedMessages = new MalformedMessages(registry, "gateway");
        staleChunks = Counter.builder("gondola.stale.chunks")
                .description("Token chunks of generations or attempts that had ended")
                .register(registry);
        attemptsLost = Counter.builder("gondola.attempts.lost")
                .description("Attempts at a generation that were lost and submitted again")
                .register(registry);
    }

    /** @throws IllegalArgumentException when the model was not named at the start */
    public ModelMetrics ofModel(String model) {
        ModelMetrics metrics = byModel.get(model);
        if (metrics == null) {
            throw new IllegalArgumentException("no meters for model " + model);
        }
        return metrics;
    }

    /** A request ended before its model was known. */
    public void onUnknownModelRequestEnd(Outcome outcome) {
        Counter requests = requestsOfUnknownModel.get(outcome);
        if (requests != null) {
            requests.increment();
        }
    }

    public MalformedMessages malformedMessages() {
        return malformedMessages;
    }

    public void onStaleChunk() {
        staleChunks.increment();
    }

    public void onAttemptLost() {
        attemptsLost.increment();
    }
}
