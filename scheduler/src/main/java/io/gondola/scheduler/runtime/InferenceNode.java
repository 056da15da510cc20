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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The scheduler of inferences on this Vert.x instance: one event loop of its own, so that tensors being copied keep no
 * token waiting.
 */
public final class InferenceNode implements QueueOwner {

    private final Vertx vertx;
    private final Map<String, InferenceGauges> gauges;
    private final Loop loop;
    private final String deploymentId;

    private InferenceNode(Vertx vertx, Map<String, InferenceGauges> gauges, Loop loop, String deploymentId) {
        this.vertx = vertx;
        this.gauges = gauges;
        this.loop = loop;
        this.deploymentId = deploymentId;
    }

    /** Starts scheduling; the future completes when messages are taken. */
    public static Future<InferenceNode> start(Vertx vertx, InferenceLimits limits, MeterRegistry registry) {
        return start(vertx, limits, null, registry);
    }

    /** @param present the workers with a model repository that are known to be there; null where nobody knows */
    public static Future<InferenceNode> start(
            Vertx vertx, InferenceLimits limits, @Nullable Set<String> present, MeterRegistry registry) {
        Map<String, InferenceGauges> gauges = new ConcurrentHashMap<>();
        InferenceMetrics metrics = new InferenceMetrics(registry, gauges);
        MalformedMessages malformed = new MalformedMessages(registry, "scheduler");
        Loop loop = new Loop(limits, present, metrics, malformed);
        return vertx.deployVerticle(loop).map(deploymentId -> new InferenceNode(vertx, gauges, loop, deploymentId));
    }

    /** The state of a model's queues after the last event; null for a model that nobody has. Any thread may ask. */
    public @Nullable InferenceGauges tryGauges(String model) {
        return gauges.get(model);
    }

    @Override
    public void onGatewayLost(String nodeId) {
        loop.tell(queues -> queues.onGatewayLost(nodeId));
    }

    @Override
    public void onWorkersPresent(Set<String> workerIds) {
        loop.tell(queues -> queues.onWorkersPresent(workerIds));
    }

    @Override
    public void onWorkerLost(String workerId) {
        loop.tell(queues -> queues.onWorkerLost(workerId));
    }

    @Override
    public Future<Void> close() {
        return vertx.deploymentIDs().contains(deploymentId) ? vertx.undeploy(deploymentId) : Future.succeededFuture();
    }

    /** The event loop. */
    private static final class Loop extends VerticleBase {

        private final InferenceLimits limits;
        private final @Nullable Set<String> present;
        private final InferenceMetrics metrics;
        private final MalformedMessages malformed;
        private @Nullable InferenceQueues queues;

        Loop(
                InferenceLimits limits,
                @Nullable Set<String> present,
                InferenceMetrics metrics,
                MalformedMessages malformed) {
            this.limits = limits;
            this.present = present;
            this.metrics = metrics;
            this.malformed = malformed;
        }

        @Override
        public Future<?> start() {
            long originNanos = System.nanoTime();
            LongSupplier clock = () -> System.nanoTime() - originNanos;
            InferenceQueues started = new InferenceQueues(vertx, limits, metrics, malformed, clock);
            queues = started;
            MessageConsumer<Object> consumer = vertx.eventBus()
                    .consumer(Addresses.inferenceScheduler(), message -> started.onMessage(message.body()));
            return consumer.completion().onSuccess(listening -> started.begin(present));
        }

        /** From any thread: the queues are told on their event loop. */
        void tell(Consumer<InferenceQueues> what) {
            context.runOnContext(now -> {
                InferenceQueues current = queues;
                if (current != null) {
                    what.accept(current);
                }
            });
        }

        @Override
        public Future<?> stop() {
            InferenceQueues old = queues;
            queues = null;
            if (old != null) {
                old.close();
            }
            metrics.close();
            return Future.succeededFuture();
        }
    }
}
