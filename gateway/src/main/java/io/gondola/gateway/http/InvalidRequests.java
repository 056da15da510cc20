package io.gondola.gateway.http;

import io.gondola.gateway.limits.GatewayLimits;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;

/** Answers requests that could not be read as HTTP, in the shape of their path like every other, and closes their connections. */
final class InvalidRequests implements Handler<HttpServerRequest> {

    private final GatewayLimits limits;
    private final RequestIds requestIds = new RequestIds();

    InvalidRequests(GatewayLimits limits) {
        this.limits = limits;
    }

    @Override
    public void handle(HttpServerRequest request) {
        Exchange exchange = new Exchange(request, requestIds.of(null), 0);
        exchange.closeConnectionAfterwards();
        exchange.error(replyTo(request.decoderResult().cause()));
        request.connection().close();
    }

    private ErrorReply replyTo(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return ErrorReply.invalid(
                    414,
                    "uri_too_long",
                    "The request line is longer than " + limits.initialLineBytesMax()
                            + " bytes (initialLineBytesMax).");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return ErrorReply.invalid(
                    431,
                    "headers_too_large",
                    "The head of the request is larger than " + limits.headerBytesMax() + " bytes (headerBytesMax).");
        }
        return ErrorReply.invalid(400, "malformed_http", "The request is not valid HTTP.");
    }
}
