package io.gondola.gateway.stream;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * One answer as server-sent events (WHATWG HTML, section 9.2), as OpenAI frames them: {@code data: JSON}, an empty line.
 * Events are gathered and written together, one write for whatever one message from a worker brought. It never waits for
 * its reader: who has more asks {@link #isBlocked} first and comes again when told that there is room.
 */
public final class SseStream {

    private static final CharSequence EVENT_STREAM = HttpHeaders.createOptimized("text/event-stream; charset=utf-8");
    private static final CharSequence NO_CACHE = HttpHeaders.createOptimized("no-cache");
    private static final CharSequence X_ACCEL_BUFFERING = HttpHeaders.createOptimized("x-accel-buffering");
    private static final CharSequence NO = HttpHeaders.createOptimized("no");
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] END_OF_EVENT = "\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII);
    /** A comment: clients skip it, proxies see that the connection lives. */
    private static final byte[] HEARTBEAT = ": gondola\n\n".getBytes(StandardCharsets.US_ASCII);

    private static final int BATCH_BYTES_INITIAL = 512;

    private final HttpServerResponse response;
    private final long heartbeatNanos;
    private final long stallNanos;
    private Buffer batch = Buffer.buffer(BATCH_BYTES_INITIAL);
    private boolean isOpen;
    private boolean isBlocked;
    private long blockedSinceNanos;
    private long lastWriteNanos;

    /** @param onRoom called when a blocked stream takes more */
    public SseStream(
            HttpServerResponse response,
            int writeQueueBytesMax,
            long heartbeatMillis,
            long stallMillis,
            Runnable onRoom) {
        this.response = response;
        heartbeatNanos = TimeUnit.MILLISECONDS.toNanos(heartbeatMillis);
        stallNanos = TimeUnit.MILLISECONDS.toNanos(stallMillis);
        response.setWriteQueueMaxSize(writeQueueBytesMax);
        response.drainHandler(nothing -> {
            isBlocked = false;
            onRoom.run();
        });
    }

    /** Whether the head has been written: from then on an error can only be an event. */
    public boolean isOpen() {
        return isOpen;
    }

    /** Begins with the head and a comment, so that the client knows at once that it is being served. */
    public void open() {
        isOpen = true;
        response.setChunked(true);
        response.putHeader(HttpHeaders.CONTENT_TYPE, EVENT_STREAM)
                .putHeader(HttpHeaders.CACHE_CONTROL, NO_CACHE)
                .putHeader(X_ACCEL_BUFFERING, NO);
        batch.appendBytes(HEARTBEAT);
    }

    /** Adds an event to what the next {@link #flush} writes. */
    public void event(byte[] json) {
        batch.appendBytes(DATA).appendBytes(json).appendBytes(END_OF_EVENT);
    }

    /** Adds a comment, which clients skip, to what the next {@link #flush} writes. @param text without line ends */
    public void comment(String text) {
        batch.appendString(": " + text + "\n\n");
    }

    /** Whether the reader is behind: more must wait for it. */
    public boolean isBlocked(long nowNanos) {
        if (!isBlocked && response.writeQueueFull()) {
            isBlocked = true;
            blockedSinceNanos = nowNanos;
        }
        return isBlocked;
    }

    /** Whether the reader has taken nothing for too long. */
    public boolean isStalled(long nowNanos) {
        return isBlocked && nowNanos - blockedSinceNanos >= stallNanos;
    }

    /** Writes what was added. */
    public void flush(long nowNanos) {
        if (batch.length() > 0) {
            Buffer full = batch;
            batch = Buffer.buffer(BATCH_BYTES_INITIAL);
            lastWriteNanos = nowNanos;
            response.write(full);
        }
    }

    /** Writes a comment when the stream has been silent for long. */
    public void onTick(long nowNanos) {
        if (isOpen && nowNanos - lastWriteNanos >= heartbeatNanos && !isBlocked(nowNanos)) {
            batch.appendBytes(HEARTBEAT);
            flush(nowNanos);
        }
    }

    /** Writes what was added and ends the stream well. */
    public Future<Void> done() {
        batch.appendBytes(DONE);
        return response.end(batch);
    }

    /** Writes what was added, then an error, and ends the stream. */
    public Future<Void> fail(byte[] errorJson) {
        event(errorJson);
        return response.end(batch);
    }
}
