package io.gondola.gateway.grpc;

import com.google.protobuf.MessageLite;
import io.gondola.gateway.http.ErrorReply;
import io.gondola.gateway.keys.ApiKey;
import io.gondola.gateway.metrics.Outcome;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One gRPC call, unary or a stream: messages in, messages out, and one end. It ends once: with a status, or with the client
 * gone.
 */
final class GrpcCall {

    static final String REQUEST_ID = "x-request-id";
    static final String SERVER_TIMING = "server-timing";

    /** Its length and whether it is compressed stand before each message. */
    private static final int PREFIX_BYTES = 5;

    private static final Logger LOG = LoggerFactory.getLogger(GrpcCall.class);

    private final GrpcServerRequest<Buffer, Buffer> request;
    private final GrpcServerResponse<Buffer, Buffer> response;
    private final CountedRequest http;
    private final String requestId;
    private final long arrivedNanos;
    private final @Nullable ApiKey key;
    private final Consumer<GrpcCall> onOver;
    private Listener listener = new Listener() {};
    private final int writeQueueBytesMax;
    private long unwrittenBytes;
    private boolean isFull;
    private boolean isOver;

    /** What a method is told of its call; nothing once the call is over, but that the client has gone. */
    interface Listener {

        default void onMessage(GrpcMessage message) {}

        /** The client has said all it wants to say. */
        default void onHalfClosed() {}

        /** The client has left, or the call was failed: whatever is under way for it is not needed. Once. */
        default void onGone() {}

        /** There is room for more to write. */
        default void onDrained() {}

        /** Now and then. */
        default void onTick(long nowNanos) {}
    }

    /** @param onOver told when it has ended */
    GrpcCall(
            GrpcServerRequest<Buffer, Buffer> request,
            CountedRequest http,
            String requestId,
            long arrivedNanos,
            @Nullable ApiKey key,
            int writeQueueBytesMax,
            Consumer<GrpcCall> onOver) {
        this.request = request;
        this.response = request.response();
        this.http = http;
        this.requestId = requestId;
        this.arrivedNanos = arrivedNanos;
        this.key = key;
        this.writeQueueBytesMax = writeQueueBytesMax;
        this.onOver = onOver;
        response.headers().set(REQUEST_ID, requestId);
    }

    /** Begins to hear its client. */
    void listen(Listener newListener) {
        listener = newListener;
        request.errorHandler(reset -> onGone());
        request.exceptionHandler(gone -> onGone());
        response.exceptionHandler(gone -> onGone());
        http.response().closeHandler(closed -> onGone());
        request.messageHandler(message -> {
            if (!isOver) {
                listener.onMessage(message);
            }
        });
        request.endHandler(end -> {
            if (!isOver) {
                listener.onHalfClosed();
            }
        });
    }

    MultiMap headers() {
        return request.headers();
    }

    long arrivedNanos() {
        return arrivedNanos;
    }

    /** Whose call it is; null where no keys are configured, or none was needed. */
    @Nullable
    ApiKey key() {
        return key;
    }

    boolean isOver() {
        return isOver;
    }

    void onTick(long nowNanos) {
        if (!isOver) {
            listener.onTick(nowNanos);
        }
    }

    /** The message has been read: its bytes are not in memory any more. */
    void release(GrpcMessage message) {
        http.release(PREFIX_BYTES + message.payload().length());
    }

    /** Reads no more messages for now. */
    void pause() {
        request.pause();
    }

    void resume() {
        request.resume();
    }

    /**
     * Whether as much waits for the client to read as may wait; {@link Listener#onDrained} says when it is so no longer.
     */
    boolean isFull() {
        return isFull;
    }

    void write(MessageLite message) {
        if (isOver) {
            return;
        }
        byte[] bytes = message.toByteArray();
        unwrittenBytes += bytes.length;
        isFull = unwrittenBytes >= writeQueueBytesMax;
        // Vert.x counts messages, and these may be large: so bytes are counted here.
        response.write(Buffer.buffer(bytes)).onComplete(ended -> onWritten(bytes.length));
    }

    private void onWritten(int bytes) {
        unwrittenBytes -= bytes;
        if (isFull && unwrittenBytes <= writeQueueBytesMax / 2) {
            isFull = false;
            if (!isOver) {
                listener.onDrained();
            }
        }
    }

    /** Says where the time went, behind the answer. */
    void timing(String value) {
        if (!isOver) {
            response.trailers().set(SERVER_TIMING, value);
        }
    }

    /** The last message, and the end. */
    void succeed(MessageLite message) {
        if (!isOver) {
            toOver();
            response.end(Buffer.buffer(message.toByteArray()));
        }
    }

    void succeed() {
        if (!isOver) {
            toOver();
            response.end();
        }
    }

    /** Ends it with an error. */
    void fail(ErrorReply error) {
        fail(GrpcReply.of(error));
    }

    void fail(GrpcReply reply) {
        if (isOver) {
            return;
        }
        toOver();
        reply.addTo(response.trailers());
        if (reply.status() == GrpcStatus.UNIMPLEMENTED) {
            response.trailers().set("grpc-accept-encoding", MessageBytes.IDENTITY + "," + MessageBytes.GZIP);
        }
        response.status(reply.status()).end();
        listener.onGone();
    }

    /** Ends it without a word: its client does not read. */
    void cut() {
        if (!isOver) {
            toOver();
            response.cancel();
            listener.onGone();
        }
    }

    private void onGone() {
        if (!isOver) {
            toOver();
            listener.onGone();
        }
    }

    private void toOver() {
        isOver = true;
        http.close();
        onOver.accept(this);
    }

    /** One line for those who ask for it; server errors for all. */
    void log(Outcome outcome, long nowNanos) {
        if (outcome == Outcome.ERROR) {
            LOG.atWarn()
                    .addKeyValue("http.request.id", requestId)
                    .log("{} ended as {} [{}]", request.fullMethodName(), outcome.tag(), requestId);
        } else if (LOG.isDebugEnabled()) {
            LOG.atDebug()
                    .addKeyValue("http.request.id", requestId)
                    .log(
                            "{} ended as {} after {} ms [{}]",
                            request.fullMethodName(),
                            outcome.tag(),
                            TimeUnit.NANOSECONDS.toMillis(nowNanos - arrivedNanos),
                            requestId);
        }
    }
}
