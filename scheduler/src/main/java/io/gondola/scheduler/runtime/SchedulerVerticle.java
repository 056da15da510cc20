package io.gondola.scheduler.runtime;

import io.gondola.protocol.wire.Addresses;
import io.gondola.scheduler.core.SchedulerLimits;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** The event loop that owns the queues of its models. */
final class SchedulerVerticle extends VerticleBase {

    private final SchedulerLimits limits;
    private final Map<String, SchedulerMetrics> metrics;
    private final MalformedMessages malformed;
    private final LongSupplier clockNanos;

    SchedulerVerticle(
            SchedulerLimits limits,
            Map<String, SchedulerMetrics> metrics,
            MalformedMessages malformed,
            LongSupplier clockNanos) {
        this.limits = limits;
        this.metrics = metrics;
        this.malformed = malformed;
        this.clockNanos = clockNanos;
    }

    @Override
    public Future<?> start() {
        List<Future<Void>> listening = new ArrayList<>();
        long originNanos = clockNanos.getAsLong();
        metrics.forEach((model, modelMetrics) -> {
            ModelQueue queue = new ModelQueue(
                    vertx, model, limits, modelMetrics, malformed, () -> clockNanos.getAsLong() - originNanos);
            MessageConsumer<Object> consumer =
                    vertx.eventBus().consumer(Addresses.scheduler(model), message -> queue.onMessage(message.body()));
            listening.add(consumer.completion());
        });
        return Future.all(listening);
    }
}
