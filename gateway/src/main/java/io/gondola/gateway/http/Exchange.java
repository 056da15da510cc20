package io.gondola.gateway.http;

import io.gondola.gateway.keys.ApiKey;
import io.gondola.gateway.metrics.Outcome;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One HTTP request and its answer: the request's id, the time it came, and the ways to answer at once. */
final class Exchange implements TextOrigin {

    static final CharSequence X_REQUEST_ID = HttpHeaders.createOptimized("x-request-id");
    static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

    private static final CharSequence SERVER_TIMING = HttpHeaders.createOptimized("server-timing");
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final String requestId;
    private final long arrivedNanos;
    private final ErrorShape errorShape;
    private @Nullable ApiKey key;

    Exchange(HttpServerRequest request, String requestId, long arrivedNanos) {
        this.request = request;
        this.response = request.response();
        this.requestId = requestId;
        this.arrivedNanos = arrivedNanos;
        this.errorShape = ErrorShape.ofPath(request.path());
        response.putHeader(X_REQUEST_ID, requestId);
    }

    HttpServerRequest request() {
        return request;
    }

    HttpServerResponse response() {
        return response;
    }

    String requestId() {
        return requestId;
    }

    @Override
    public long arrivedNanos() {
        return arrivedNanos;
    }

    /** Whose request it is; null where no keys are configured. */
    @Nullable
    ApiKey key() {
        return key;
    }

    void setKey(ApiKey newKey) {
        key = newKey;
    }

    /** Whether an answer can still be given. */
    boolean isAnswerable() {
        return !response.ended() && !response.closed();
    }

    /** The connection ends with this answer, because what the client still sends is not wanted. */
    void closeConnectionAfterwards() {
        if (request.version() != HttpVersion.HTTP_2) {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
    }

    /** Says where the time went, with the head of the answer. */
    void timing(String value) {
        if (isAnswerable() && !response.headWritten()) {
            response.putHeader(SERVER_TIMING, value);
        }
    }

    void json(int status, byte[] body) {
        send(status, JSON, body);
    }

    void send(int status, CharSequence contentType, byte[] body) {
        if (!isAnswerable()) {
            return;
        }
        response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
                // Set here because HEAD has the length without the body.
                .putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length));
        response.end(Buffer.buffer(body));
    }

    void noContent() {
        if (isAnswerable()) {
            response.setStatusCode(204).end();
        }
    }

    void error(ErrorReply reply) {
        if (!isAnswerable()) {
            return;
        }
        if (reply.retryAfterSeconds() > 0) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(reply.retryAfterSeconds()));
        }
        json(reply.error().status(), errorBody(reply));
    }

    /** An error as the protocol of this request's path has it. */
    byte[] errorBody(ErrorReply reply) {
        return errorShape.write(reply.error());
    }

    /** One line a request, for those who ask for it; server errors for all. */
    @Override
    public void log(Outcome outcome, long nowNanos) {
        if (outcome == Outcome.ERROR) {
            LOG.atWarn()
                    .addKeyValue("http.request.id", requestId)
                    .log("{} {} ended as {} [{}]", request.method(), request.path(), outcome.tag(), requestId);
        } else if (LOG.isDebugEnabled()) {
            LOG.atDebug()
                    .addKeyValue("http.request.id", requestId)
                    .log(
                            "{} {} ended as {} after {} ms [{}]",
                            request.method(),
                            request.path(),
                            outcome.tag(),
                            TimeUnit.NANOSECONDS.toMillis(nowNanos - arrivedNanos),
                            requestId);
        }
    }
}
