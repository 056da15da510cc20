package io.gondola.gateway;

import io.gondola.gateway.embeddings.SentenceTokenizers;
import io.gondola.gateway.http.ListeningSocket;
import io.gondola.gateway.http.ServerParts;
import io.gondola.gateway.http.TextPool;
import io.gondola.gateway.metrics.GatewayMetrics;
import io.gondola.gateway.openai.ServedModels;
import io.gondola.gateway.text.ServedModel;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
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
    private final ListeningSocket socket;
    private final TextPool textPool;
    private final SentenceTokenizers tokenizers;
    private final GatewayFiles files;

    private Gateway(
            Vertx vertx,
            String deploymentId,
            int port,
            ListeningSocket socket,
            TextPool textPool,
            SentenceTokenizers tokenizers,
            GatewayFiles files) {
        this.vertx = vertx;
        this.deploymentId = deploymentId;
        this.port = port;
        this.socket = socket;
        this.textPool = textPool;
        this.tokenizers = tokenizers;
        this.files = files;
    }

    /**
     * Starts a gateway.
     *
     * @param models what it serves; at least one, names distinct
     * @param ready whether requests would be answered now: what {@code /health/ready} says
     * @return fails with a {@link io.gondola.launch.StartupException} when what it was told to use cannot be used
     */
    public static Future<Gateway> start(
            Vertx vertx,
            GatewayConfig config,
            List<ServedModel> models,
            BooleanSupplier ready,
            MeterRegistry registry) {
        return GatewayFiles.open(vertx, config, registry)
                .compose(files -> start(vertx, config, models, ready, registry, files)
                        // Not eventually(): that would give the outcome of close(), and a taken port would pass for a
                        // start.
                        .recover(fault -> files.close().transform(closed -> Future.failedFuture(fault))));
    }

    private static Future<Gateway> start(
            Vertx vertx,
            GatewayConfig config,
            List<ServedModel> models,
            BooleanSupplier ready,
            MeterRegistry registry,
            GatewayFiles files) {
        ServedModels served = ServedModels.of(models);
        GatewayMetrics metrics = new GatewayMetrics(
                registry, models.stream().map(ServedModel::name).toList());
        TextPool textPool = new TextPool(vertx, config.limits());
        SentenceTokenizers tokenizers = new SentenceTokenizers(config.modelRepository());
        ServerParts parts = new ServerParts(
                config.limits(),
                config.corsOrigins(),
                served,
                ready,
                registry,
                metrics,
                textPool,
                tokenizers,
                files.keys(),
                files.trace(),
                new ListeningSocket(),
                new AtomicLong());
        AtomicInteger actualPort = new AtomicInteger();
        int listenPort = config.port() == 0 ? PICKED_PORTS.decrementAndGet() : config.port();
        return vertx.deployVerticle(
                        () -> new GatewayVerticle(config, listenPort, parts, actualPort),
                        new DeploymentOptions().setInstances(config.instances()))
                .map(id -> new Gateway(vertx, id, actualPort.get(), parts.socket(), textPool, tokenizers, files))
                .recover(fault -> textPool.close().transform(closed -> Future.failedFuture(fault)));
    }

    /** The port it listens at. */
    public int port() {
        return port;
    }

    /** It will close soon: it is not ready any more, and its clients go elsewhere with their next request. */
    public void announceClose() {
        socket.announceClose();
    }

    /** Takes no more requests, lets the open ones end for a while, and closes. */
    public Future<Void> close() {
        return vertx.undeploy(deploymentId)
                .eventually(textPool::close)
                .onComplete(closed -> tokenizers.close())
                .eventually(files::close);
    }
}
