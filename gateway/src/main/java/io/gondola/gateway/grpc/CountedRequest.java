package io.gondola.gateway.grpc;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.internal.http.HttpServerRequestInternal;
import io.vertx.core.internal.http.HttpServerRequestWrapper;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP request whose bytes count as bodies in memory, from where they come in until their message has been read: so
 * messages in the making, of all calls together, stay within {@code bodiesBytesMax}. Vert.x gRPC bounds the single message.
 */
final class CountedRequest extends HttpServerRequestWrapper {

    private final AtomicLong bytesInMemory;
    private final long bytesMax;
    private long reservedBytes;
    private boolean isUnwanted;
    private Runnable onOverload = () -> {};
    private Runnable onMalformed = () -> {};

    /** @param bytesInMemory of all calls and of the bodies of HTTP */
    CountedRequest(HttpServerRequest request, AtomicLong bytesInMemory, long bytesMax) {
        super((HttpServerRequestInternal) request);
        this.bytesInMemory = bytesInMemory;
        this.bytesMax = bytesMax;
    }

    /** What happens when there is no more room, and when bytes are no framing of gRPC. */
    void onTrouble(Runnable overload, Runnable malformed) {
        onOverload = overload;
        onMalformed = malformed;
    }

    @Override
    public HttpServerRequest handler(@Nullable Handler<Buffer> handler) {
        super.handler(handler == null ? null : chunk -> onChunk(chunk, handler));
        return this;
    }

    private void onChunk(Buffer chunk, Handler<Buffer> handler) {
        if (isUnwanted) {
            return;
        }
        if (bytesInMemory.addAndGet(chunk.length()) > bytesMax) {
            bytesInMemory.addAndGet(-chunk.length());
            onOverload.run();
            return;
        }
        reservedBytes += chunk.length();
        try {
            handler.handle(chunk);
        } catch (UnsupportedOperationException compressedWithoutEncoding) {
            // Http2GrpcMessageDeframer, 5.0.7: a message that says it is compressed, where the head names no way.
            onMalformed.run();
        }
    }

    /** So many bytes are not in memory any more. */
    void release(long bytes) {
        long released = Math.min(bytes, reservedBytes);
        reservedBytes -= released;
        bytesInMemory.addAndGet(-released);
    }

    /** The call is over: what still comes is thrown away. */
    void close() {
        isUnwanted = true;
        release(reservedBytes);
    }
}
