package io.gondola.gateway.http;

import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.ServedModels;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** {@code GET /v1/models} and {@code GET /v1/models/NAME}: what there is, in OpenAI's shape. */
final class ModelsRoute {

    private static final String PREFIX = "/v1/models/";

    private final ServedModels models;

    ModelsRoute(ServedModels models) {
        this.models = models;
    }

    void list(Exchange exchange) {
        exchange.json(200, models.listJson());
    }

    void one(Exchange exchange) {
        String path = exchange.request().path();
        if (path.length() <= PREFIX.length()) {
            list(exchange);
            return;
        }
        try {
            // Escapes are well-formed, or it would not be here; a plus is a plus in a path.
            String name =
                    URLDecoder.decode(path.substring(PREFIX.length()).replace("+", "%2B"), StandardCharsets.UTF_8);
            exchange.json(200, models.modelJson(name));
        } catch (ApiException unknown) {
            exchange.error(ErrorReply.of(unknown));
        }
    }
}
