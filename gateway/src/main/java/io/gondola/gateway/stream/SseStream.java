package io.gondola.gateway.stream;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One answer as server-sent events (WHATWG HTML, section 9.2), as OpenAI frames them: {@code data: JSON}, an empty line.
 * Events are gathered and written together, one write for whatever a {@link WriteRound} finds. It never waits for its
 * reader: who has more asks {@link #isBlocked} first and comes again when told that there is room.
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
    private final WriteRound round;
    private final int writeQueueBytesMax;
    private final Runnable onRoom;
    private final long heartbeatNanos;
    private final long stallNanos;
    /** What the next write has; null while that is nothing, so that a silent stream holds no buffer. */
    private @Nullable Buffer batch;
    /** As long as the last one was. */
    private int batchBytesUsual = BATCH_BYTES_INITIAL;

    private boolean isInRound;
    /** Given to Vert.x, and not yet taken by the system. */
    private int unwrittenBytes;

    private boolean isOpen;
    private boolean isBlocked;
    private long blockedSinceNanos;
    private long lastWriteNanos;

    /** @param onRoom called when a blocked stream takes more */
    public SseStream(
            HttpServerResponse response,
            WriteRound round,
            int writeQueueBytesMax,
            long heartbeatMillis,
            long stallMillis,
            Runnable onRoom) {
        this.response = response;
        this.round = round;
        this.writeQueueBytesMax = writeQueueBytesMax;
        heartbeatNanos = TimeUnit.MILLISECONDS.toNanos(heartbeatMillis);
        stallNanos = TimeUnit.MILLISECONDS.toNanos(stallMillis);
        this.onRoom = onRoom;
        response.setWriteQueueMaxSize(writeQueueBytesMax);
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
        toBatch().appendBytes(HEARTBEAT);
    }

    /** Adds an event to what the next {@link #flush} writes. */
    public void event(byte[] json) {
        toBatch().appendBytes(DATA).appendBytes(json).appendBytes(END_OF_EVENT);
    }

    /** Adds a comment, which clients skip, to what the next {@link #flush} writes. @param text without line ends */
    public void comment(String text) {
        toBatch().appendString(": " + text + "\n\n");
    }

    /** Whether the reader is behind: more must wait for it. */
    public boolean isBlocked() {
        return isBlocked;
    }

    /** Whether the reader has taken nothing for too long. */
    public boolean isStalled(long nowNanos) {
        return isBlocked && nowNanos - blockedSinceNanos >= stallNanos;
    }

    /** Has what was added written: in this round, or at once where it is as much as may wait. */
    public void flush(long nowNanos) {
        Buffer added = batch;
        if (added == null) {
            return;
        }
        lastWriteNanos = nowNanos;
        if (unwrittenBytes + added.length() >= writeQueueBytesMax) {
            write();
        } else if (!isInRound) {
            isInRound = true;
            round.add(this);
        }
    }

    /** Called in the round. */
    void write() {
        isInRound = false;
        Buffer full = batch;
        if (full != null && !response.ended() && !response.closed()) {
            batch = null;
            int bytes = full.length();
            batchBytesUsual = bytes;
            unwrittenBytes += bytes;
            // Vert.x counts messages, and these may be large: so bytes are counted here.
            response.write(full).onComplete(ended -> onWritten(bytes));
            if (unwrittenBytes >= writeQueueBytesMax && !isBlocked) {
                isBlocked = true;
                blockedSinceNanos = lastWriteNanos;
            }
        }
    }

    private void onWritten(int bytes) {
        unwrittenBytes -= bytes;
        if (isBlocked && unwrittenBytes <= writeQueueBytesMax / 2) {
            isBlocked = false;
            onRoom.run();
        }
    }

    /** Ends it without a word, because of a fault. */
    void abort() {
        response.reset();
    }

    /** Writes a comment when the stream has been silent for long. */
    public void onTick(long nowNanos) {
        if (isOpen && nowNanos - lastWriteNanos >= heartbeatNanos && !isBlocked) {
            toBatch().appendBytes(HEARTBEAT);
            flush(nowNanos);
        }
    }

    /** Writes what was added and ends the stream well. */
    public Future<Void> done() {
        return response.end(toBatch().appendBytes(DONE));
    }

    /** Writes what was added and ends the stream well, where the end of the body says it all. */
    public Future<Void> end() {
        return response.end(toBatch());
    }

    /** Writes what was added, then an error, and ends the stream. */
    public Future<Void> fail(byte[] errorJson) {
        event(errorJson);
        return response.end(toBatch());
    }

    private Buffer toBatch() {
        Buffer current = batch;
        if (current == null) {
            current = Buffer.buffer(batchBytesUsual);
            batch = current;
        }
        return current;
    }
}
