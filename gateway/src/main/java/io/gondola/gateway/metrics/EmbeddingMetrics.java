package io.gondola.gateway.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.Map;

/** What requests for embeddings had in them; how they ended is in {@link TensorMetrics}. Of one event loop. */
public final class EmbeddingMetrics {

    private final MeterRegistry registry;
    private final Map<String, Counter> inputs = new HashMap<>();
    private final Map<String, Counter> tokens = new HashMap<>();

    public EmbeddingMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** A request is valid and on its way. */
    public void onRequest(String model, int inputCount, int tokenCount) {
        inputs.computeIfAbsent(model, name -> counter("gondola.embedding.inputs", "Inputs to embed, submitted", name))
                .increment(inputCount);
        tokens.computeIfAbsent(model, name -> counter("gondola.embedding.tokens", "Tokens of inputs to embed", name))
                .increment(tokenCount);
    }

    private Counter counter(String name, String description, String model) {
        return Counter.builder(name)
                .description(description)
                .tag("model", model)
                .register(registry);
    }
}
