package io.gondola.gateway.http;

import io.gondola.gateway.dispatch.InferenceClient;
import io.gondola.gateway.dispatch.SchedulerClient;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.openai.ChatCompletionParser;
import io.gondola.gateway.openai.CompletionParser;
import io.gondola.gateway.openai.GenerateParser;
import io.gondola.gateway.openai.RequestLimits;
import io.gondola.gateway.openai.ServedModels;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All that one event loop answers: which path and method is whose. */
public final class GatewayRoutes {

    private static final Logger LOG = LoggerFactory.getLogger(GatewayRoutes.class);
    private static final int TICKS_PER_CONNECTION_CHECK = 4;
    private static final String POST = "POST, OPTIONS";
    private static final String GET = "GET, HEAD, OPTIONS";
    private static final String KSERVE = "GET, HEAD, POST, OPTIONS";
    private static final byte[] LIVE = "{\"status\":\"live\"}".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] READY = "{\"status\":\"ready\"}".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOT_READY =
            "{\"status\":\"not ready\",\"reason\":\"No worker has loaded every model yet.\"}"
                    .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CLOSING =
            "{\"status\":\"not ready\",\"reason\":\"The gateway is closing.\"}".getBytes(StandardCharsets.US_ASCII);

    private final ServerParts parts;
    private final LongSupplier nanoClock;
    private final RequestLimits requestLimits;
    private final TextRoutes textRoutes;
    private final ServedModels models;
    private final TensorCalls tensorCalls;
    private final EmbeddingRoutes embeddings;
    private final PredictApi predict;
    private final KserveRoutes kserve;
    private final MetricsRoute metricsRoute;
    private final Connections connections;
    private final InvalidRequests invalidRequests;
    private final RequestIds requestIds = new RequestIds();
    private final Cors cors;
    private final Access access;
    private final Router router;
    private int ticks;

    /** To be made on the event loop that it serves. */
    public GatewayRoutes(
            Vertx vertx,
            ServerParts parts,
            SchedulerClient client,
            InferenceClient inferences,
            RequestLimits requestLimits,
            LongSupplier nanoClock) {
        this.parts = parts;
        this.nanoClock = nanoClock;
        this.requestLimits = requestLimits;
        Context eventLoop = vertx.getOrCreateContext();
        textRoutes = new TextRoutes(parts, client, nanoClock, task -> eventLoop.runOnContext(nothing -> task.run()));
        tensorCalls = new TensorCalls(parts, inferences, new InferenceRuns(parts, inferences, nanoClock), nanoClock);
        models = parts.models().beside(inferences.models());
        embeddings = new EmbeddingRoutes(parts, inferences, models, requestLimits, nanoClock);
        predict = new PredictApi(inferences.models(), requestLimits);
        kserve = new KserveRoutes(
                inferences,
                tensorCalls,
                requestLimits,
                new KserveText(parts.models(), textRoutes, requestLimits, parts::isReady),
                parts.statistics(inferences.models()));
        metricsRoute = new MetricsRoute(vertx, parts.registry());
        connections = new Connections(parts.limits(), parts.socket(), nanoClock);
        invalidRequests = new InvalidRequests(parts.limits());
        cors = new Cors(parts.corsOrigins());
        access = new Access(parts.keys());
        router = newRouter(vertx);
    }

    /** @param others takes what this does not; true where it did */
    public Handler<HttpServerRequest> requestHandler(Predicate<HttpServerRequest> others) {
        return request -> {
            connections.onRequest(request);
            if (others.test(request)) {
                return;
            }
            if (hasMalformedEscape(request.path())) {
                newExchange(request)
                        .error(ErrorReply.invalid(400, "malformed_url", "The path has a malformed percent-encoding."));
            } else {
                router.handle(request);
            }
        };
    }

    /** A percent sign without two hexadecimal digits, which the router would take for a fault of its own. */
    private static boolean hasMalformedEscape(@Nullable String path) {
        if (path == null) {
            return true;
        }
        for (int i = path.indexOf('%'); i >= 0; i = path.indexOf('%', i + 1)) {
            if (i + 2 >= path.length()
                    || Character.digit(path.charAt(i + 1), 16) < 0
                    || Character.digit(path.charAt(i + 2), 16) < 0) {
                return true;
            }
        }
        return false;
    }

    /** Answers what could not be read as HTTP. */
    public Handler<HttpServerRequest> invalidRequestHandler() {
        return invalidRequests;
    }

    public Handler<HttpConnection> connectionHandler() {
        return connections::onConnection;
    }

    /** To be called now and then; see {@link SchedulerClient#TICK_MILLIS}. */
    public void onTick(long nowNanos) {
        textRoutes.onTick(nowNanos);
        tensorCalls.onTick(nowNanos);
        embeddings.onTick(nowNanos);
        if (++ticks % TICKS_PER_CONNECTION_CHECK == 0) {
            connections.onTick(nowNanos);
        }
    }

    /** For text by other protocols, on this event loop. */
    public TextRelays textRelays() {
        return textRoutes.relays();
    }

    private Router newRouter(Vertx vertx) {
        ChatCompletionParser chat = new ChatCompletionParser(models, requestLimits);
        CompletionParser completion = new CompletionParser(models, requestLimits);
        GenerateParser generate = new GenerateParser(models, requestLimits);
        Router routes = Router.router(vertx);
        post(routes, "/v1/chat/completions", exchange -> textRoutes.handle(exchange, chat::parse));
        post(routes, "/v1/completions", exchange -> textRoutes.handle(exchange, completion::parse));
        post(routes, "/v1/embeddings", embeddings::handle);
        post(routes, "/generate", exchange -> textRoutes.handle(exchange, generate::parse));
        post(routes, ErrorShape.PREDICT_PATH, exchange -> tensorCalls.handle(exchange, predict));
        kserve(routes, "/v2/health/*", kserve::handle);
        kserve(routes, ErrorShape.KSERVE_PATH, guarded(kserve::handle));
        kserve(routes, ErrorShape.KSERVE_PATH + "/*", guarded(kserve::handle));
        ModelsRoute listed = new ModelsRoute(models);
        get(routes, "/v1/models", listed::list);
        get(routes, "/v1/models/*", listed::one);
        open(routes, "/health/live", exchange -> exchange.json(200, LIVE));
        open(routes, "/health/ready", this::ready);
        open(routes, "/metrics", metricsRoute::handle);
        routes.route().handler(context -> notFound(newExchange(context.request())));
        routes.route().failureHandler(this::onFault);
        return routes;
    }

    private void post(Router routes, String path, Consumer<Exchange> handler) {
        routes.route(path).handler(context -> handle(context, HttpMethod.POST, POST, guarded(handler)));
    }

    private void get(Router routes, String path, Consumer<Exchange> handler) {
        routes.route(path).handler(context -> handle(context, HttpMethod.GET, GET, guarded(handler)));
    }

    /** Which method is allowed depends on the path: the handler looks. */
    private void kserve(Router routes, String path, Consumer<Exchange> handler) {
        routes.route(path).handler(context -> {
            Exchange exchange = newExchange(context.request());
            if (context.request().method() == HttpMethod.OPTIONS) {
                preflight(exchange, KSERVE);
            } else {
                handler.accept(exchange);
            }
        });
    }

    private void preflight(Exchange exchange, String allow) {
        exchange.response().putHeader(HttpHeaders.ALLOW, allow);
        cors.addPreflightHeaders(exchange.request(), allow);
        exchange.noContent();
    }

    /** For probes and scrapers, which have no key. */
    private void open(Router routes, String path, Consumer<Exchange> handler) {
        routes.route(path).handler(context -> handle(context, HttpMethod.GET, GET, handler));
    }

    private Consumer<Exchange> guarded(Consumer<Exchange> handler) {
        return exchange -> {
            ErrorReply refusal = access.tryRefuse(exchange);
            if (refusal == null) {
                handler.accept(exchange);
                return;
            }
            if (exchange.request().method() == HttpMethod.POST) {
                parts.metrics().onUnknownModelRequestEnd(Outcome.CLIENT_ERROR);
            }
            exchange.error(refusal);
        };
    }

    private void handle(RoutingContext context, HttpMethod method, String allow, Consumer<Exchange> handler) {
        Exchange exchange = newExchange(context.request());
        HttpMethod asked = context.request().method();
        if (asked == method || (asked == HttpMethod.HEAD && method == HttpMethod.GET)) {
            handler.accept(exchange);
        } else if (asked == HttpMethod.OPTIONS) {
            preflight(exchange, allow);
        } else {
            exchange.response().putHeader(HttpHeaders.ALLOW, allow);
            exchange.error(ErrorReply.invalid(
                    405, "method_not_allowed", asked + " is not allowed here; allowed: " + allow + "."));
        }
    }

    private Exchange newExchange(HttpServerRequest request) {
        cors.addHeaders(request);
        Exchange exchange =
                new Exchange(request, requestIds.of(request.getHeader(Exchange.X_REQUEST_ID)), nanoClock.getAsLong());
        if (parts.socket().isClosing()) {
            exchange.closeConnectionAfterwards();
        }
        return exchange;
    }

    private void ready(Exchange exchange) {
        if (parts.socket().isClosing()) {
            exchange.json(503, CLOSING);
        } else if (parts.ready().getAsBoolean()) {
            exchange.json(200, READY);
        } else {
            exchange.json(503, NOT_READY);
        }
    }

    private static void notFound(Exchange exchange) {
        HttpServerRequest request = exchange.request();
        String path = request.path();
        String shown = path == null || path.length() > 200 ? "this path" : path;
        exchange.error(ErrorReply.invalid(404, "unknown_url", "There is no " + request.method() + " " + shown + "."));
    }

    private void onFault(RoutingContext context) {
        Throwable fault = context.failure();
        int status = context.statusCode();
        if (context.response().headWritten()) {
            // An answer has begun: all that can be done is to let the client see that it is not whole.
            LOG.error("a request failed after its answer had begun", fault);
            context.request().connection().close();
            return;
        }
        Exchange exchange = newExchange(context.request());
        if (status == 400 || status == 404) {
            exchange.error(ErrorReply.invalid(status, null, "The request is malformed."));
            return;
        }
        LOG.error("a request failed [{}]", exchange.requestId(), fault);
        exchange.error(ErrorReply.internal());
    }
}
