package io.gondola.scheduler.runtime;

import io.gondola.launch.MalformedMessages;
import io.gondola.protocol.wire.Addresses;
import io.gondola.scheduler.core.SchedulerLimits;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The event loop that owns the queues of its models. */
final class SchedulerVerticle extends VerticleBase {

    private final SchedulerLimits limits;
    private final List<ModelQueue> queues = new ArrayList<>();
    private final Map<String, SchedulerMetrics> metrics;
    private final Map<String, Set<String>> present;
    private final MalformedMessages malformed;
    private final LongSupplier clockNanos;

    SchedulerVerticle(
            SchedulerLimits limits,
            Map<String, SchedulerMetrics> metrics,
            Map<String, Set<String>> present,
            MalformedMessages malformed,
            LongSupplier clockNanos) {
        this.limits = limits;
        this.metrics = metrics;
        this.present = Map.copyOf(present);
        this.malformed = malformed;
        this.clockNanos = clockNanos;
    }

    @Override
    public Future<?> start() {
        List<Future<Void>> listening = new ArrayList<>();
        long originNanos = clockNanos.getAsLong();
        metrics.forEach((model, modelMetrics) -> {
            long epoch = Epochs.draw();
            ModelQueue queue = new ModelQueue(
                    vertx, model, epoch, limits, modelMetrics, malformed, () -> clockNanos.getAsLong() - originNanos);
            queues.add(queue);
            Set<String> workerIds = present.get(model);
            if (workerIds != null) {
                queue.onWorkersPresent(workerIds);
            }
            for (String address : List.of(Addresses.scheduler(model), Addresses.scheduler(model, epoch))) {
                MessageConsumer<Object> consumer =
                        vertx.eventBus().consumer(address, message -> queue.onMessage(message.body()));
                listening.add(consumer.completion());
            }
        });
        return Future.all(listening).onSuccess(heard -> queues.forEach(ModelQueue::begin));
    }

    @Override
    public Future<?> stop() {
        // What comes now must not set a timer again: this owner would not end.
        queues.clear();
        return Future.succeededFuture();
    }

    /** From any thread: calls this on the event loop of the queues. */
    <T> Future<T> call(Supplier<Future<T>> what) {
        Promise<T> result = Promise.promise();
        context.runOnContext(
                now -> Future.succeededFuture().compose(nothing -> what.get()).onComplete(result));
        return result.future();
    }

    /** From any thread: the queues are told on their event loop. */
    void tellQueues(Consumer<ModelQueue> what) {
        context.runOnContext(now -> queues.forEach(what));
    }
}
