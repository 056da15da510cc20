package io.gondola.gateway.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cross-origin requests (Fetch standard, CORS protocol). Off unless origins are configured. */
final class Cors {

    private static final String ALL = "*";
    private static final String PREFLIGHT_SECONDS = "600";

    private final List<String> origins;

    Cors(List<String> origins) {
        this.origins = origins;
    }

    /** Adds what lets a page of an allowed origin read the answer. */
    void addHeaders(HttpServerRequest request) {
        if (origins.isEmpty()) {
            return;
        }
        HttpServerResponse response = request.response();
        if (!origins.contains(ALL)) {
            response.putHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
        }
        String allowed = allowedOrigin(request.getHeader(HttpHeaders.ORIGIN));
        if (allowed != null) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, allowed)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, "x-request-id, retry-after");
        }
    }

    /** Adds the answer to a preflight request. */
    void addPreflightHeaders(HttpServerRequest request, String methods) {
        if (allowedOrigin(request.getHeader(HttpHeaders.ORIGIN)) == null
                || request.getHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD) == null) {
            return;
        }
        HttpServerResponse response = request.response();
        response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, methods)
                .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, PREFLIGHT_SECONDS);
        String headers = request.getHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_HEADERS);
        if (headers != null) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, headers);
        }
    }

    private @Nullable String allowedOrigin(@Nullable String origin) {
        if (origin == null) {
            return null;
        }
        if (origins.contains(ALL)) {
            return ALL;
        }
        return origins.contains(origin) ? origin : null;
    }
}
