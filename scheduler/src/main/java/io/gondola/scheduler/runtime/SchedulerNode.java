package io.gondola.scheduler.runtime;

import io.gondola.scheduler.core.SchedulerGauges;
import io.gondola.scheduler.core.SchedulerLimits;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A scheduler of some models on this Vert.x instance: one event loop, one core for each model. */
public final class SchedulerNode {

    private final Vertx vertx;
    private final Map<String, SchedulerMetrics> metrics;
    private final String deploymentId;

    private SchedulerNode(Vertx vertx, Map<String, SchedulerMetrics> metrics, String deploymentId) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.deploymentId = deploymentId;
    }

    /** Starts scheduling {@code models}; the future completes when messages are taken. */
    public static Future<SchedulerNode> start(
            Vertx vertx, SchedulerLimits limits, List<String> models, MeterRegistry registry) {
        Map<String, SchedulerMetrics> metrics = new LinkedHashMap<>();
        for (String model : new LinkedHashSet<>(models)) {
            metrics.put(model, new SchedulerMetrics(registry, model));
        }
        MalformedMessages malformed = new MalformedMessages(registry);
        return vertx.deployVerticle(new SchedulerVerticle(limits, metrics, malformed, System::nanoTime))
                .map(deploymentId -> new SchedulerNode(vertx, metrics, deploymentId))
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

    /** Stops taking messages; what waits is forgotten. Safe to call again. */
    public Future<Void> close() {
        if (!vertx.deploymentIDs().contains(deploymentId)) {
            return Future.succeededFuture();
        }
        return vertx.undeploy(deploymentId).onComplete(done -> metrics.values().forEach(SchedulerMetrics::close));
    }
}
