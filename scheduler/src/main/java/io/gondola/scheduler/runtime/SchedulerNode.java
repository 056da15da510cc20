package io.gondola.scheduler.runtime;

import io.gondola.launch.MalformedMessages;
import io.gondola.scheduler.core.SchedulerGauges;
import io.gondola.scheduler.core.SchedulerLimits;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A scheduler of some models on this Vert.x instance: one event loop, one core for each model. */
public final class SchedulerNode implements QueueOwner {

    private final Vertx vertx;
    private final Map<String, SchedulerMetrics> metrics;
    private final SchedulerVerticle verticle;
    private final String deploymentId;

    private SchedulerNode(
            Vertx vertx, Map<String, SchedulerMetrics> metrics, SchedulerVerticle verticle, String deploymentId) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.verticle = verticle;
        this.deploymentId = deploymentId;
    }

    /**
     * Starts scheduling {@code models} for workers that come later, of this process; the future completes when messages are
     * taken. That none is there yet is known, so limits on what is held without one hold at once.
     */
    public static Future<SchedulerNode> start(
            Vertx vertx, SchedulerLimits limits, List<String> models, MeterRegistry registry) {
        Map<String, Set<String>> nobody = new HashMap<>();
        models.forEach(model -> nobody.put(model, Set.of()));
        return start(vertx, limits, models, nobody, registry);
    }

    /** @param present the workers of each model that are known to be there; none for a model of which nobody knows */
    public static Future<SchedulerNode> start(
            Vertx vertx,
            SchedulerLimits limits,
            List<String> models,
            Map<String, Set<String>> present,
            MeterRegistry registry) {
        Map<String, SchedulerMetrics> metrics = new LinkedHashMap<>();
        for (String model : new LinkedHashSet<>(models)) {
            metrics.put(model, new SchedulerMetrics(registry, model));
        }
        MalformedMessages malformed = new MalformedMessages(registry, "scheduler");
        SchedulerVerticle verticle = new SchedulerVerticle(limits, metrics, present, malformed, System::nanoTime);
        return vertx.deployVerticle(verticle)
                .map(deploymentId -> new SchedulerNode(vertx, metrics, verticle, deploymentId))
                .onFailure(failure -> metrics.values().forEach(SchedulerMetrics::close));
    }

    /** Whether a worker that has loaded {@code model} is known. Any thread may ask. */
    public boolean hasWorker(String model) {
        SchedulerGauges gauges = tryGauges(model);
        return gauges != null && gauges.workers() > 0;
    }

    /** The state of a model's queue after the last event; null for a model that is not scheduled here. Any thread. */
    public @Nullable SchedulerGauges tryGauges(String model) {
        SchedulerMetrics known = metrics.get(model);
        return known == null ? null : known.gauges();
    }

    /**
     * Calls this on the event loop of the queues. What registers an address meanwhile is reached from the queues without
     * another event loop having to wake up for each message. Any thread.
     */
    public <T> Future<T> call(Supplier<Future<T>> what) {
        return verticle.call(what);
    }

    @Override
    public void onGatewayLost(String nodeId) {
        verticle.tellQueues(queue -> queue.onGatewayLost(nodeId));
    }

    @Override
    public void onWorkersPresent(Set<String> workerIds) {
        verticle.tellQueues(queue -> queue.onWorkersPresent(workerIds));
    }

    @Override
    public void onWorkerLost(String workerId) {
        verticle.tellQueues(queue -> queue.onWorkerLost(workerId));
    }

    @Override
    public Future<Void> close() {
        if (!vertx.deploymentIDs().contains(deploymentId)) {
            return Future.succeededFuture();
        }
        return vertx.undeploy(deploymentId).onComplete(done -> metrics.values().forEach(SchedulerMetrics::close));
    }
}
