package io.gondola.gateway;

import io.gondola.gateway.http.ServerParts;
import io.gondola.gateway.http.TextPool;
import io.gondola.gateway.metrics.GatewayMetrics;
import io.gondola.gateway.openai.ServedModels;
import io.gondola.gateway.text.ServedModel;
import io.gondola.gateway.trace.TraceConfig;
import io.gondola.gateway.trace.TraceRecorder;
import io.gondola.gateway.trace.TraceWriter;
import io.gondola.launch.StartupException;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** The HTTP server of one process: several event loops behind one port. */
public final class Gateway {

    /** Vert.x shares a port that it picks among those who listen at the same negative number. */
    private static final AtomicInteger PICKED_PORTS = new AtomicInteger();

    private final Vertx vertx;
    private final String deploymentId;
    private final int port;
    private final TextPool textPool;
    private final TraceRecorder trace;

    private Gateway(Vertx vertx, String deploymentId, int port, TextPool textPool, TraceRecorder trace) {
        this.vertx = vertx;
        this.deploymentId = deploymentId;
        this.port = port;
        this.textPool = textPool;
        this.trace = trace;
    }

    /**
     * Starts a gateway.
     *
     * @param models what it serves; at least one, names distinct
     * @param ready whether requests would be answered now: what {@code /health/ready} says
     * @return fails with a {@link StartupException} when what it was told to use cannot be used
     */
    public static Future<Gateway> start(
            Vertx vertx,
            GatewayConfig config,
            List<ServedModel> models,
            BooleanSupplier ready,
            MeterRegistry registry) {
        return openTrace(vertx, config, registry).compose(trace -> start(vertx, config, models, ready, registry, trace)
                // Not eventually(): that would give the outcome of close(), and a taken port would pass for a start.
                .recover(fault -> closeTrace(vertx, trace).transform(closed -> Future.failedFuture(fault))));
    }

    private static Future<TraceRecorder> openTrace(Vertx vertx, GatewayConfig config, MeterRegistry registry) {
        TraceConfig trace = config.trace();
        return trace == null
                ? Future.succeededFuture(TraceRecorder.OFF)
                : vertx.executeBlocking(() -> {
                    try {
                        return TraceWriter.start(trace, registry);
                    } catch (IOException unusable) {
                        throw new StartupException(
                                StartupException.Kind.CONFIGURATION,
                                "the trace (--record-trace): " + unusable.getMessage(),
                                unusable);
                    }
                });
    }

    private static Future<Void> closeTrace(Vertx vertx, TraceRecorder trace) {
        return vertx.executeBlocking(() -> {
            trace.close();
            return null;
        });
    }

    private static Future<Gateway> start(
            Vertx vertx,
            GatewayConfig config,
            List<ServedModel> models,
            BooleanSupplier ready,
            MeterRegistry registry,
            TraceRecorder trace) {
        ServedModels served = ServedModels.of(models);
        GatewayMetrics metrics = new GatewayMetrics(
                registry, models.stream().map(ServedModel::name).toList());
        TextPool textPool = new TextPool(vertx, config.limits());
        ServerParts parts = new ServerParts(
                config.limits(),
                config.corsOrigins(),
                served,
                ready,
                registry,
                metrics,
                textPool,
                trace,
                new AtomicInteger(),
                new AtomicLong());
        AtomicInteger actualPort = new AtomicInteger();
        int listenPort = config.port() == 0 ? PICKED_PORTS.decrementAndGet() : config.port();
        return vertx.deployVerticle(
                        () -> new GatewayVerticle(config, listenPort, parts, actualPort),
                        new DeploymentOptions().setInstances(config.instances()))
                .map(id -> new Gateway(vertx, id, actualPort.get(), textPool, trace))
                .recover(fault -> textPool.close().transform(closed -> Future.failedFuture(fault)));
    }

    /** The port it listens at. */
    public int port() {
        return port;
    }

    /** Takes no more requests, lets the open ones end for a while, and closes. */
    public Future<Void> close() {
        return vertx.undeploy(deploymentId).eventually(textPool::close).eventually(() -> closeTrace(vertx, trace));
    }
}
