package io.gondola.gateway.http;

import io.gondola.gateway.embeddings.SentenceTokenizers;
import io.gondola.gateway.keys.ApiKeyStore;
import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.metrics.GatewayMetrics;
import io.gondola.gateway.openai.ServedModels;
import io.gondola.gateway.tensors.ServedStatistics;
import io.gondola.gateway.tensors.TensorModels;
import io.gondola.gateway.trace.TraceRecorder;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the event loops of one gateway share.
 *
 * @param corsOrigins origins whose pages may call; {@code "*"}: all
 * @param ready what {@code /health/ready} says until it closes
 * @param tokenizers of the models that give embeddings
 * @param keys who may come in; null for everybody
 * @param trace is told of every request that ends
 * @param socket where clients are accepted
 * @param bodyBytes bytes of request bodies in memory, of all event loops
 */
public record ServerParts(
        GatewayLimits limits,
        List<String> corsOrigins,
        ServedModels models,
        BooleanSupplier ready,
        MeterRegistry registry,
        GatewayMetrics metrics,
        TextPool textPool,
        SentenceTokenizers tokenizers,
        @Nullable ApiKeyStore keys,
        TraceRecorder trace,
        ListeningSocket socket,
        AtomicLong bodyBytes) {

    /** Whether requests would be answered now, and nobody has said that it closes. */
    public boolean isReady() {
        return !socket.isClosing() && ready.getAsBoolean();
    }

    /** Of all that is served, as one event loop has heard of it. */
    public ServedStatistics statistics(TensorModels tensors) {
        return new ServedStatistics(
                tensors, models, name -> metrics.ofModel(name).counts().all());
    }
}
