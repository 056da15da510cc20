package io.gondola.scheduler.runtime;

import io.gondola.launch.MalformedMessages;
import io.gondola.protocol.wire.Addresses;
import io.gondola.scheduler.inference.InferenceGauges;
import io.gondola.scheduler.inference.InferenceLimits;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The scheduler of inferences on this Vert.x instance: one event loop of its own, so that tensors being copied keep no
 * token waiting.
 */
public final class InferenceNode {

    private final Vertx vertx;
    private final Map<String, InferenceGauges> gauges;
    private final String deploymentId;

    private InferenceNode(Vertx vertx, Map<String, InferenceGauges> gauges, String deploymentId) {
        this.vertx = vertx;
        this.gauges = gauges;
        this.deploymentId = deploymentId;
    }

    /** Starts scheduling; the future completes when messages are taken. */
    public static Future<InferenceNode> start(Vertx vertx, InferenceLimits limits, MeterRegistry registry) {
        Map<String, InferenceGauges> gauges = new ConcurrentHashMap<>();
        InferenceMetrics metrics = new InferenceMetrics(registry, gauges);
        MalformedMessages malformed = new MalformedMessages(registry, "scheduler");
        return vertx.deployVerticle(new Loop(limits, metrics, malformed))
                .map(deploymentId -> new InferenceNode(vertx, gauges, deploymentId));
    }

    /** The state of a model's queues after the last event; null for a model that nobody has. Any thread may ask. */
    public @Nullable InferenceGauges tryGauges(String model) {
        return gauges.get(model);
    }

    /** Stops taking messages; what waits is forgotten. Safe to call again. */
    public Future<Void> close() {
        return vertx.deploymentIDs().contains(deploymentId) ? vertx.undeploy(deploymentId) : Future.succeededFuture();
    }

    /** The event loop. */
    private static final class Loop extends VerticleBase {

        private final InferenceLimits limits;
        private final InferenceMetrics metrics;
        private final MalformedMessages malformed;

        Loop(InferenceLimits limits, InferenceMetrics metrics, MalformedMessages malformed) {
            this.limits = limits;
            this.metrics = metrics;
            this.malformed = malformed;
        }

        @Override
        public Future<?> start() {
            long originNanos = System.nanoTime();
            LongSupplier clock = () -> System.nanoTime() - originNanos;
            InferenceQueues queues = new InferenceQueues(vertx, limits, metrics, malformed, clock);
            MessageConsumer<Object> consumer = vertx.eventBus()
                    .consumer(Addresses.inferenceScheduler(), message -> queues.onMessage(message.body()));
            return consumer.completion();
        }

        @Override
        public Future<?> stop() {
            metrics.close();
            return Future.succeededFuture();
        }
    }
}
