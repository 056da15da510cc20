package io.gondola.gateway.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/**
 * The end of a request that was answered before its body was read. Closing the connection at once would make the
 * client's system throw the answer away together with it (RFC 9112, section 9.6), so what still comes is read and
 * dropped until the client is done, though not for long. The same goes for a stream of HTTP/2, where the connection
 * stays.
 */
final class Lingering {

    static final long LINGER_MILLIS = 2_000;
    /** HTTP/2: the answer is whole, the rest of the request is not needed (RFC 9113, section 8.1). */
    private static final long NO_ERROR = 0;

    private Lingering() {}

    /** Answers by {@code answer}, and ends when the client has sent all or {@link #LINGER_MILLIS} have passed. */
    static void after(Exchange exchange, Runnable answer) {
        HttpServerRequest request = exchange.request();
        exchange.closeConnectionAfterwards();
        answer.run();
        if (request.isEnded()) {
            end(request);
            return;
        }
        Vertx vertx = Vertx.currentContext().owner();
        long timer = vertx.setTimer(LINGER_MILLIS, late -> end(request));
        request.handler(dropped -> {});
        request.endHandler(nothing -> {
            vertx.cancelTimer(timer);
            end(request);
        });
        request.exceptionHandler(gone -> vertx.cancelTimer(timer));
    }

    private static void end(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_2) {
            request.connection().close();
        } else if (!request.isEnded()) {
            request.response().reset(NO_ERROR);
        }
    }
}
