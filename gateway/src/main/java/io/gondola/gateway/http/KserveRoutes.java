package io.gondola.gateway.http;

import io.gondola.gateway.dispatch.InferenceClient;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.RequestLimits;
import io.gondola.gateway.tensors.KserveMetadata;
import io.gondola.gateway.tensors.KserveTarget;
import io.gondola.gateway.tensors.ServedStatistics;
import io.gondola.gateway.tensors.TensorModels;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.ModelStatus;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** The Open Inference Protocol, REST form: all paths below {@code /v2}. */
final class KserveRoutes {

    static final byte[] NOTHING = new byte[0];

    private final TensorModels models;
    private final InferenceClient client;
    private final TensorCalls calls;
    private final RequestLimits requestLimits;
    private final KserveText texts;
    private final ServedStatistics statistics;
    private final KserveRepository repository;

    KserveRoutes(
            InferenceClient client,
            TensorCalls calls,
            RequestLimits requestLimits,
            KserveText texts,
            ServedStatistics statistics) {
        this.models = client.models();
        this.client = client;
        this.calls = calls;
        this.requestLimits = requestLimits;
        this.texts = texts;
        this.statistics = statistics;
        this.repository = new KserveRepository(client, texts, calls.bodies());
    }

    void handle(Exchange exchange) {
        try {
            List<String> path = path(exchange);
            switch (path.isEmpty() ? "" : path.get(0)) {
                case "" -> get(exchange, () -> exchange.json(200, KserveMetadata.server()));
                case "health" -> health(exchange, path);
                case "models" -> models(exchange, path);
                case "repository" -> repository.handle(exchange, path);
                default -> throw unknownPath(exchange);
            }
        } catch (ApiException wrong) {
            exchange.error(ErrorReply.of(wrong));
        }
    }

    /** The segments behind {@code /v2}; escapes are well-formed, or it would not be here. */
    private static List<String> path(Exchange exchange) {
        List<String> segments = new ArrayList<>();
        for (String segment :
                exchange.request().path().substring("/v2".length()).split("/", -1)) {
            segments.add(URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8));
        }
        segments.remove(0);
        while (!segments.isEmpty() && segments.get(segments.size() - 1).isEmpty()) {
            segments.remove(segments.size() - 1);
        }
        return segments;
    }

    private void health(Exchange exchange, List<String> path) {
        if (path.equals(List.of("health", "live"))) {
            get(exchange, () -> exchange.json(200, NOTHING));
        } else if (path.equals(List.of("health", "ready"))) {
            get(exchange, () -> exchange.json(texts.isReady() ? 200 : 503, NOTHING));
        } else {
            throw unknownPath(exchange);
        }
    }

    private void models(Exchange exchange, List<String> path) {
        if (path.equals(List.of("models", "stats"))) {
            get(exchange, () -> statistics(exchange, statistics::ofAll));
            return;
        }
        if (path.size() < 2) {
            throw unknownPath(exchange);
        }
        String name = path.get(1);
        long version = InferenceRequest.LATEST;
        int at = 2;
        if (path.size() > 3 && path.get(2).equals("versions")) {
            version = KserveTarget.version(path.get(3));
            at = 4;
        }
        String action = path.size() > at ? path.get(at) : "";
        if (path.size() > at + 1) {
            throw unknownPath(exchange);
        }
        if (action.equals("stats")) {
            long asked = version;
            get(exchange, () -> statistics(exchange, () -> statistics.of(name, asked)));
            return;
        }
        // A name may be both: then what generates is the model that generates.
        if (texts.has(name) && (!models.has(name) || action.startsWith("generate"))) {
            texts.handle(exchange, name, version, action);
        } else {
            model(exchange, name, version, action);
        }
    }

    private void model(Exchange exchange, String name, long version, String action) {
        switch (action) {
            case "" ->
                get(exchange, () -> {
                    ModelStatus status = models.require(name, version);
                    exchange.json(
                            200,
                            KserveMetadata.model(status, models.versions(name).keySet()));
                });
            case "ready" ->
                get(exchange, () -> exchange.json(models.require(name, version).workers() > 0 ? 200 : 503, NOTHING));
            case "infer" ->
                post(exchange, () -> calls.handle(exchange, new KserveApi(models, requestLimits, name, version)));
            case "generate", "generate_stream" -> {
                models.require(name, version);
                throw ApiException.invalid("model", "model '" + name + "' takes tensors: ask it by infer");
            }
            default -> throw unknownPath(exchange);
        }
    }

    /** By what the scheduler says now. */
    private void statistics(Exchange exchange, Supplier<byte[]> wanted) {
        client.refresh().onComplete(told -> {
            try {
                exchange.json(200, wanted.get());
            } catch (ApiException unknown) {
                exchange.error(ErrorReply.of(unknown));
            }
        });
    }

    private static void get(Exchange exchange, Runnable answer) {
        require(exchange, HttpMethod.GET);
        answer.run();
    }

    private static void post(Exchange exchange, Runnable answer) {
        require(exchange, HttpMethod.POST);
        answer.run();
    }

    static void require(Exchange exchange, HttpMethod method) {
        HttpMethod asked = exchange.request().method();
        if (asked != method && !(asked == HttpMethod.HEAD && method == HttpMethod.GET)) {
            exchange.response().putHeader(HttpHeaders.ALLOW, method.name());
            throw new ApiException(405, "invalid_request_error", null, null, asked + " is not allowed here");
        }
    }

    static ApiException unknownPath(Exchange exchange) {
        String path = exchange.request().path();
        return new ApiException(
                404, "invalid_request_error", null, null, "there is no " + (path.length() > 200 ? "such path" : path));
    }
}
