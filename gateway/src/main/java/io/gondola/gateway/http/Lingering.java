package io.gondola.gateway.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

/**
 * The end of a connection whose request was answered before its body was read. Closing at once would make the client's
 * system throw the answer away together with the connection (RFC 9112, section 9.6), so what still comes is read and
 * dropped until the client is done, though not for long.
 */
final class Lingering {

    static final long LINGER_MILLIS = 2_000;
    /** HTTP/2: the answer is whole, the rest of the request is not needed (RFC 9113, section 8.1). */
    private static final long NO_ERROR = 0;

    private Lingering() {}

    /** Answers by {@code answer}, and closes when the client has sent all or {@link #LINGER_MILLIS} have passed. */
    static void after(Exchange exchange, Runnable answer) {
        HttpServerRequest request = exchange.request();
        exchange.closeConnectionAfterwards();
        answer.run();
        if (request.version() == HttpVersion.HTTP_2) {
            if (!request.isEnded()) {
                exchange.response().reset(NO_ERROR);
            }
            return;
        }
        HttpConnection connection = request.connection();
        if (request.isEnded()) {
            connection.close();
            return;
        }
        Vertx vertx = Vertx.currentContext().owner();
        long timer = vertx.setTimer(LINGER_MILLIS, late -> connection.close());
        request.handler(dropped -> {});
        request.endHandler(nothing -> {
            vertx.cancelTimer(timer);
            connection.close();
        });
        request.exceptionHandler(gone -> vertx.cancelTimer(timer));
    }
}
