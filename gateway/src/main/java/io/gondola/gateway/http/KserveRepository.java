package io.gondola.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.gondola.gateway.dispatch.InferenceClient;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.JsonBody;
import io.gondola.gateway.tensors.KserveMetadata;
import io.gondola.protocol.inference.ToInferenceWorker;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The model repository extension, all paths below {@code /v2/repository}: what is in service, load and unload. */
final class KserveRepository {

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
            read(exchange, body -> index(exchange, body));
            return;
        }
        String action = path.size() == 4 && path.get(1).equals("models") ? path.get(3) : "";
        if (!action.equals("load") && !action.equals("unload")) {
            throw KserveRoutes.unknownPath(exchange);
        }
        KserveRoutes.require(exchange, HttpMethod.POST);
        read(exchange, body -> change(exchange, path.get(2), action.equals("load"), body));
    }

    private void read(Exchange exchange, Consumer<byte[]> onBody) {
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
                    try {
                        onBody.accept(bytes);
                    } catch (ApiException wrong) {
                        exchange.error(ErrorReply.of(wrong));
                    }
                },
                exchange::error,
                () -> {});
    }

    private void index(Exchange exchange, byte[] body) {
        JsonNode ready =
                isBlank(body) ? MissingNode.getInstance() : JsonBody.parse(body).path("ready");
        if (!ready.isMissingNode() && !ready.isBoolean()) {
            throw ApiException.invalid("ready", "'ready' must be true or false");
        }
        exchange.json(
                200, KserveMetadata.index(client.models().all(), texts.names(), texts.isReady(), ready.booleanValue()));
    }

    private static boolean isBlank(byte[] body) {
        return new String(body, StandardCharsets.UTF_8).isBlank();
    }

    private void change(Exchange exchange, String model, boolean isLoad, byte[] body) {
        Future<String> changing = client.tryChangeModel(model, isLoad, settings(body, isLoad));
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
        if (isBlank(body)) {
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
                        || parameter.getValue().textValue().length()
                                > ToInferenceWorker.ChangeModel.SETTINGS_CHARS_MAX) {
                    throw ApiException.invalid(
                            "parameters.config",
                            "'parameters.config' must be JSON as a string of at most "
                                    + ToInferenceWorker.ChangeModel.SETTINGS_CHARS_MAX
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
