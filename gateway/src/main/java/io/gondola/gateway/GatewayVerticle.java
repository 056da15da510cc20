package io.gondola.gateway;

import io.gondola.gateway.dispatch.InferenceClient;
import io.gondola.gateway.dispatch.SchedulerClient;
import io.gondola.gateway.grpc.GrpcRoutes;
import io.gondola.gateway.http.GatewayRoutes;
import io.gondola.gateway.http.ServerParts;
import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.openai.RequestLimits;
import io.gondola.gateway.text.ServedModel;
import io.gondola.protocol.NodeNames;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One event loop of a gateway: its HTTP server, its routes, and its own address on the event bus. */
final class GatewayVerticle extends VerticleBase {

    /** How long the last errors may take to reach clients when the gateway closes. */
    private static final long FAREWELL_MILLIS = 500;

    private final GatewayConfig config;
    private final int listenPort;
    private final ServerParts parts;
    private final AtomicInteger actualPort;
    private final LongSupplier nanoClock = System::nanoTime;
    private @Nullable SchedulerClient client;
    private @Nullable InferenceClient inferences;
    private @Nullable GrpcRoutes grpc;
    private @Nullable HttpServer server;
    private long tickTimer;

    /** @param actualPort where the port that was bound is left */
    GatewayVerticle(GatewayConfig config, int listenPort, ServerParts parts, AtomicInteger actualPort) {
        this.config = config;
        this.listenPort = listenPort;
        this.parts = parts;
        this.actualPort = actualPort;
    }

    @Override
    public Future<?> start() {
        String gatewayId = NodeNames.idOn(config.nodeId(), UUID.randomUUID().toString());
        SchedulerClient newClient = new SchedulerClient(vertx, gatewayId, parts.limits(), parts.metrics(), nanoClock);
        InferenceClient newInferences =
                new InferenceClient(vertx, gatewayId, parts.limits(), parts.metrics(), nanoClock);
        RequestLimits requestLimits = RequestLimits.DEFAULT.withTimeoutNanosDefault(
                TimeUnit.MILLISECONDS.toNanos(parts.limits().requestTimeoutMillis()));
        GatewayRoutes newRoutes = new GatewayRoutes(vertx, parts, newClient, newInferences, requestLimits, nanoClock);
        GrpcRoutes newGrpc =
                new GrpcRoutes(vertx, parts, newInferences, newRoutes.textRelays(), requestLimits, nanoClock);
        HttpServer newServer = vertx.createHttpServer(serverOptions())
                .requestHandler(newRoutes.requestHandler(newGrpc::tryHandle))
                .invalidRequestHandler(newRoutes.invalidRequestHandler())
                .connectionHandler(newRoutes.connectionHandler());
        client = newClient;
        inferences = newInferences;
        grpc = newGrpc;
        server = newServer;
        tickTimer = vertx.setPeriodic(SchedulerClient.TICK_MILLIS, timer -> {
            newRoutes.onTick(nanoClock.getAsLong());
            newGrpc.onTick(nanoClock.getAsLong());
        });
        return newClient
                .start(parts.models().all().stream().map(ServedModel::name).toList())
                .compose(listening -> newInferences.start())
                .compose(listening -> newServer.listen(listenPort, config.host()))
                .onSuccess(bound -> actualPort.set(bound.actualPort()));
    }

    /** Takes no more connections, lets open requests end for a while, and fails the rest. */
    @Override
    public Future<?> stop() {
        GrpcRoutes oldGrpc = grpc;
        HttpServer oldServer = server;
        SchedulerClient oldClient = client;
        InferenceClient oldInferences = inferences;
        if (oldGrpc == null || oldServer == null || oldClient == null || oldInferences == null) {
            return Future.succeededFuture();
        }
        long graceMillis = parts.limits().closeGraceMillis();
        // While the connections are still there, so that whoever is not done is told why.
        long failTimer = vertx.setTimer(graceMillis, timer -> {
            oldClient.failOpen();
            oldInferences.failOpen();
            oldGrpc.failOpen();
        });
        // Not at once: who has just connected is about to ask.
        long silentTimer = vertx.setTimer(
                parts.limits().silentMillis(), timer -> parts.socket().closeSilent());
        return parts.socket()
                .close(context)
                .compose(closed -> oldServer.shutdown(graceMillis + FAREWELL_MILLIS, TimeUnit.MILLISECONDS))
                .eventually(() -> {
                    vertx.cancelTimer(failTimer);
                    vertx.cancelTimer(silentTimer);
                    vertx.cancelTimer(tickTimer);
                    return Future.join(oldClient.close(), oldInferences.close());
                });
    }

    private HttpServerOptions serverOptions() {
        GatewayLimits limits = parts.limits();
        return new HttpServerOptions()
                .setMaxInitialLineLength(limits.initialLineBytesMax())
                .setMaxHeaderSize(limits.headerBytesMax())
                .setSendBufferSize(limits.socketSendBytes())
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                // Until the first bytes; from then on Connections decides.
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setIdleTimeout(Math.toIntExact(Math.min(Integer.MAX_VALUE, limits.idleMillis())))
                .setHttp2ClearTextEnabled(true)
                .setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(limits.http2StreamsMax())
                        .setMaxHeaderListSize(limits.headerBytesMax()))
                // Server-sent events must not wait in a compressor.
                .setCompressionSupported(false)
                // Nobody speaks WebSocket here, and each request would pass its handler.
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false);
    }
}
