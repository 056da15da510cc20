package io.gondola.gateway.http;

import io.gondola.gateway.dispatch.InferenceClient;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.metrics.TensorMetrics;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What the inferences of one event loop share on their way through a gateway. */
public final class InferenceRuns {

    private final ServerParts parts;
    private final InferenceClient client;
    private final LongSupplier nanoClock;
    private final TensorMetrics metrics;

    public InferenceRuns(ServerParts parts, InferenceClient client, LongSupplier nanoClock) {
        this.parts = parts;
        this.client = client;
        this.nanoClock = nanoClock;
        metrics = new TensorMetrics(parts.registry());
    }

    /** Submits a request and answers its caller; one that could not be parsed is refused. */
    public <T> InferenceRun<T> start(InferenceCaller<T> caller, RequestParsing.Parsed<T> parsed) {
        InferenceRun<T> run = new InferenceRun<>(this, caller);
        run.start(parsed);
        return run;
    }

    /** Counts one that ended; returns the time it did. */
    long count(@Nullable String model, Outcome outcome, long arrivedNanos) {
        long nowNanos = nanoClock.getAsLong();
        metrics.onRequestEnd(model, outcome, nowNanos - arrivedNanos);
        return nowNanos;
    }

    ServerParts parts() {
        return parts;
    }

    InferenceClient client() {
        return client;
    }
}
