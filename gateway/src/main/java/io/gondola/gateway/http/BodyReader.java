package io.gondola.gateway.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The body of one request while it comes in. Ends once: whole, refused, or with the client gone. */
final class BodyReader {

    private static final Buffer EMPTY = Buffer.buffer(0);

    private final Bodies bodies;
    private final Exchange exchange;
    private final Consumer<BodyReader> onBody;
    private final Consumer<ErrorReply> onRefused;
    private final Runnable onGone;
    private final long deadlineNanos;
    private @Nullable Buffer body;
    private boolean isCopied;
    private long reservedBytes;
    private boolean isEnded;

    BodyReader(
            Bodies bodies,
            Exchange exchange,
            Consumer<BodyReader> onBody,
            Consumer<ErrorReply> onRefused,
            Runnable onGone,
            long deadlineNanos) {
        this.bodies = bodies;
        this.exchange = exchange;
        this.onBody = onBody;
        this.onRefused = onRefused;
        this.onGone = onGone;
        this.deadlineNanos = deadlineNanos;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    void start() {
        HttpServerRequest request = exchange.request();
        request.handler(this::onChunk);
        request.endHandler(nothing -> onWhole());
        request.exceptionHandler(gone -> onGone());
        exchange.response().exceptionHandler(gone -> onGone());
        exchange.response().closeHandler(nothing -> onGone());
    }

    int length() {
        return body == null ? 0 : body.length();
    }

    byte[] bytes() {
        Buffer whole = body;
        return whole == null ? EMPTY.getBytes() : whole.getBytes();
    }

    /** The body is no longer in memory. */
    void release() {
        body = null;
        bodies.free(reservedBytes);
        reservedBytes = 0;
    }

    /** Answers without having read all. What still comes is thrown away, for a while; see {@link Lingering}. */
    void refuse(ErrorReply reply) {
        isEnded = true;
        bodies.onEnd(this);
        release();
        Lingering.after(exchange, () -> onRefused.accept(reply));
    }

    private void onChunk(Buffer chunk) {
        if (isEnded) {
            return;
        }
        if (length() + chunk.length() > bodies.bodyBytesMax()) {
            refuse(bodies.tooLarge());
        } else if (!bodies.tryReserve(chunk.length())) {
            refuse(bodies.outOfMemory());
        } else {
            reservedBytes += chunk.length();
            append(chunk);
        }
    }

    private void append(Buffer chunk) {
        Buffer before = body;
        if (before == null) {
            body = chunk;
            return;
        }
        if (!isCopied) {
            isCopied = true;
            before = Buffer.buffer(before.length() + chunk.length()).appendBuffer(before);
            body = before;
        }
        before.appendBuffer(chunk);
    }

    private void onWhole() {
        if (!isEnded) {
            isEnded = true;
            bodies.onEnd(this);
            onBody.accept(this);
        }
    }

    private void onGone() {
        if (!isEnded) {
            isEnded = true;
            bodies.onEnd(this);
            release();
            onGone.run();
        }
    }
}
