package io.gondola.gateway.http;

import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.RequestLimits;
import io.gondola.gateway.openai.ServedModels;
import io.gondola.gateway.openai.TritonGenerateParser;
import io.gondola.gateway.tensors.KserveMetadata;
import io.gondola.gateway.tensors.KserveTarget;
import io.gondola.gateway.text.ServedModel;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Models that generate text below {@code /v2/models}: they are described as Triton describes them, and asked by {@code
 * generate} and {@code generate_stream}, on the way of all other generations.
 */
final class KserveText {

    private final ServedModels models;
    private final TextRoutes texts;
    private final RequestLimits limits;
    private final BooleanSupplier ready;

    KserveText(ServedModels models, TextRoutes texts, RequestLimits limits, BooleanSupplier ready) {
        this.models = models;
        this.texts = texts;
        this.limits = limits;
        this.ready = ready;
    }

    boolean has(String name) {
        return models.has(name);
    }

    List<String> names() {
        return models.all().stream().map(ServedModel::name).toList();
    }

    boolean isReady() {
        return ready.getAsBoolean();
    }

    void handle(Exchange exchange, String name, long version, String action) {
        ServedModel model = models.find(name);
        KserveTarget.requireTextVersion(name, version);
        switch (action) {
            case "" -> {
                KserveRoutes.require(exchange, HttpMethod.GET);
                exchange.json(200, KserveMetadata.textModel(name));
            }
            case "ready" -> {
                KserveRoutes.require(exchange, HttpMethod.GET);
                exchange.json(isReady() ? 200 : 503, KserveRoutes.NOTHING);
            }
            case "generate" -> generate(exchange, model, false);
            case "generate_stream" -> generate(exchange, model, true);
            case "infer" ->
                throw ApiException.invalid("model", "model '" + name + "' generates text: ask it by generate");
            default -> throw KserveRoutes.unknownPath(exchange);
        }
    }

    private void generate(Exchange exchange, ServedModel model, boolean isStream) {
        KserveRoutes.require(exchange, HttpMethod.POST);
        texts.handle(
                exchange,
                new TritonGenerateParser(model, limits, isStream)::parse,
                ContentRules.tryRefuseEncoding(exchange.request()));
    }
}
