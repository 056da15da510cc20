package io.gondola.cluster;

import io.gondola.launch.Awaited;
import io.gondola.launch.StartupException;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.BooleanSupplier;

/** What operators and probes ask a process that serves no clients: {@code /metrics} and {@code /health}. */
public final class ManagementServer {

    private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final String JSON = "application/json";

    private final Vertx vertx;
    private final PrometheusMeterRegistry registry;
    private final BooleanSupplier ready;
    private final HttpServer server;

    /** Listens, or says why not. */
    public static ManagementServer start(ClusterNode node, String host, int port, BooleanSupplier ready)
            throws StartupException {
        ManagementServer server = new ManagementServer(node, ready);
        Awaited.started(
                server.server.listen(port, host), "listening at (--host, --management-port) " + host + ":" + port);
        return server;
    }

    private ManagementServer(ClusterNode node, BooleanSupplier ready) {
        this.vertx = node.vertx();
        this.registry = node.registry();
        this.ready = ready;
        this.server = vertx.createHttpServer().requestHandler(this::answer);
    }

    /** The port it listens at. */
    public int port() {
        return server.actualPort();
    }

    private void answer(HttpServerRequest request) {
        switch (String.valueOf(request.path())) {
            case "/health/live":
                answer(request, 200, JSON, "{\"status\":\"live\"}");
                break;
            case "/health/ready":
                boolean isReady = ready.getAsBoolean();
                answer(
                        request,
                        isReady ? 200 : 503,
                        JSON,
                        "{\"status\":\"" + (isReady ? "ready" : "not ready") + "\"}");
                break;
            case "/metrics":
                // Thousands of series take milliseconds to write: not the event loop's.
                vertx.executeBlocking(() -> registry.scrape(METRICS_TYPE))
                        .onSuccess(text -> answer(request, 200, METRICS_TYPE, text))
                        .onFailure(failure -> answer(request, 500, JSON, "{}"));
                break;
            default:
                answer(request, 404, JSON, "{\"error\":\"there is /metrics, /health/live and /health/ready\"}");
        }
    }

    private static void answer(HttpServerRequest request, int status, String type, String text) {
        request.response().setStatusCode(status).putHeader("Content-Type", type).end(text);
    }
}
