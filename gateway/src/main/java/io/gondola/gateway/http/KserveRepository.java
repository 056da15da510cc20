package io.gondola.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.gondola.gateway.dispatch.InferenceClient;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.JsonBody;
import io.gondola.gateway.tensors.KserveMetadata;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The model repository extension, all paths below {@code /v2/repository}: what is in service, load and unload. */
final class KserveRepository {

    /** Settings of a model are a page of text. */
    private static final int SETTINGS_CHARS_MAX = 65_536;

    private static final byte[] EMPTY_OBJECT = "{}".getBytes(StandardCharsets.US_ASCII);

    private final InferenceClient client;
    private final KserveText texts;
    private final Bodies bodies;

    KserveRepository(InferenceClient client, KserveText texts, Bodies bodies) {
        this.client = client;
        this.texts = texts;
        this.bodies = bodies;
    }

    void handle(Exchange exchange, List<String> path) {
        if (path.equals(List.of("repository", "index"))) {
            KserveRoutes.require(exchange, HttpMethod.POST);
            exchange.json(200, KserveMetadata.index(client.models().all(), texts.names(), texts.isReady()));
            return;
        }
        String action = path.size() == 4 && path.get(1).equals("models") ? path.get(3) : "";
        if (!action.equals("load") && !action.equals("unload")) {
            throw KserveRoutes.unknownPath(exchange);
        }
        KserveRoutes.require(exchange, HttpMethod.POST);
        ErrorReply wrongHead = ContentRules.tryRefuseEncoding(exchange.request());
        if (wrongHead != null) {
            exchange.error(wrongHead);
            return;
        }
        bodies.read(
                exchange,
                body -> {
                    byte[] bytes = body.bytes();
                    body.release();
                    change(exchange, path.get(2), action.equals("load"), bytes);
                },
                exchange::error,
                () -> {});
    }

    private void change(Exchange exchange, String model, boolean isLoad, byte[] body) {
        Future<String> changing;
        try {
            changing = client.tryChangeModel(model, isLoad, settings(body, isLoad));
        } catch (ApiException wrong) {
            exchange.error(ErrorReply.of(wrong));
            return;
        }
        if (changing == null) {
            exchange.error(ErrorReply.overloaded("changesMax", InferenceClient.CHANGES_MAX));
            return;
        }
        changing.onComplete(ended -> {
            String error = ended.succeeded() ? ended.result() : String.valueOf(ended.cause());
            if (error.isEmpty()) {
                exchange.json(200, EMPTY_OBJECT);
            } else {
                exchange.error(ErrorReply.invalid(400, null, error));
            }
        });
    }

    /** {@code parameters.config}: settings in the place of those that lie beside the model. */
    private static String settings(byte[] body, boolean isLoad) {
        if (new String(body, StandardCharsets.UTF_8).isBlank()) {
            return "";
        }
        JsonNode parameters = JsonBody.parse(body).path("parameters");
        if (!parameters.isObject() && !parameters.isMissingNode() && !parameters.isNull()) {
            throw ApiException.invalid("parameters", "'parameters' must be an object");
        }
        String settings = "";
        for (Map.Entry<String, JsonNode> parameter : parameters.properties()) {
            String name = parameter.getKey();
            if (isLoad && name.equals("config")) {
                if (!parameter.getValue().isTextual()
                        || parameter.getValue().textValue().length() > SETTINGS_CHARS_MAX) {
                    throw ApiException.invalid(
                            "parameters.config",
                            "'parameters.config' must be JSON as a string of at most " + SETTINGS_CHARS_MAX
                                    + " characters");
                }
                settings = parameter.getValue().textValue();
            } else if (!name.equals("unload_dependents")) {
                throw ApiException.invalid(
                        "parameters." + name,
                        "parameter '" + (name.length() > 80 ? name.substring(0, 80) + "..." : name)
                                + "' is not supported");
            }
        }
        return settings;
    }
}
