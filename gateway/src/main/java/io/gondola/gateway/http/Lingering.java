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
    /** RFC 7540, section 3.2. */
    private static final int UPGRADED_STREAM_ID = 1;

    private Lingering() {}

    /** Answers by {@code answer}, and ends when the client has sent all or {@link #LINGER_MILLIS} have passed. */
    static void after(Exchange exchange, Runnable answer) {
        HttpServerRequest request = exchange.request();
        exchange.closeConnectionAfterwards();
        boolean answersLast = mayBeUpgraded(request) && !request.isEnded();
        if (!answersLast) {
            answer.run();
        }
        if (request.isEnded()) {
            end(request);
            return;
        }
        Runnable rest = () -> {
            if (answersLast) {
                answer.run();
            }
            end(request);
        };
        Vertx vertx = Vertx.currentContext().owner();
        long timer = vertx.setTimer(LINGER_MILLIS, late -> rest.run());
        request.handler(dropped -> {});
        request.endHandler(nothing -> {
            vertx.cancelTimer(timer);
            rest.run();
        });
        request.exceptionHandler(gone -> vertx.cancelTimer(timer));
    }

    /**
     * Whether this may be the request that turned its connection from HTTP/1.1 to HTTP/2. Its body still comes in the old
     * form, for a stream that the new form takes for complete: answering it early ends the connection.
     */
    private static boolean mayBeUpgraded(HttpServerRequest request) {
        return request.version() == HttpVersion.HTTP_2 && request.response().streamId() == UPGRADED_STREAM_ID;
    }

    private static void end(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_2) {
            request.connection().close();
        } else if (!request.isEnded()) {
            request.response().reset(NO_ERROR);
        }
    }
}
