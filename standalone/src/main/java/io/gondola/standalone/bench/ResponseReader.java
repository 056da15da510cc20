package io.gondola.standalone.bench;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Cuts the bytes of one connection into HTTP/1.1 answers: just what servers of ours send, a length or chunks. Does little
 * for each byte, because the client shares the processors with what it measures.
 */
final class ResponseReader {

    /** Hears of what comes. */
    interface Listener {

        /** Bytes of the body; only until the call returns. */
        void onData(byte[] bytes, int from, int to);

        /** The answer is whole. */
        void onEnd(int status);
    }

    private enum State {
        STATUS,
        HEADERS,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILER
    }

    static final int LINE_BYTES_MAX = 1_024;

    private final Listener listener;
    private final byte[] line = new byte[LINE_BYTES_MAX];
    private State state = State.STATUS;
    private int lineLength;
    private int status;
    private boolean isChunked;
    private int left;

    ResponseReader(Listener listener) {
        this.listener = listener;
    }

    /** @throws IllegalStateException when this is no answer that it knows */
    void feed(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            if (state == State.BODY || state == State.CHUNK) {
                int count = Math.min(left, to - at);
                listener.onData(bytes, at, at + count);
                at += count;
                left -= count;
                if (left == 0) {
                    onDataEnd();
                }
            } else {
                byte next = bytes[at++];
                if (next == '\n') {
                    onLine(lineLength > 0 && line[lineLength - 1] == '\r' ? lineLength - 1 : lineLength);
                    lineLength = 0;
                } else if (lineLength == LINE_BYTES_MAX) {
                    throw new IllegalStateException("a line of the answer is longer than " + LINE_BYTES_MAX);
                } else {
                    line[lineLength++] = next;
                }
            }
        }
    }

    private void onDataEnd() {
        if (state == State.CHUNK) {
            state = State.CHUNK_END;
        } else {
            end();
        }
    }

    private void end() {
        state = State.STATUS;
        listener.onEnd(status);
    }

    private void onLine(int length) {
        switch (state) {
            case STATUS -> {
                // HTTP/1.1 200 OK
                status = Integer.parseInt(text(9, 12));
                isChunked = false;
                left = 0;
                state = State.HEADERS;
            }
            case HEADERS -> {
                if (length > 0) {
                    onHeader(length);
                } else if (isChunked) {
                    state = State.CHUNK_SIZE;
                } else if (left > 0) {
                    state = State.BODY;
                } else {
                    end();
                }
            }
            case CHUNK_SIZE -> {
                left = Integer.parseInt(text(0, length), 16);
                state = left == 0 ? State.TRAILER : State.CHUNK;
            }
            case CHUNK_END -> state = State.CHUNK_SIZE;
            case TRAILER -> {
                if (length == 0) {
                    end();
                }
            }
            default -> throw new IllegalStateException("a line in " + state);
        }
    }

    private void onHeader(int length) {
        // The two that matter, told by their first letter and length.
        if ((line[0] | 0x20) == 'c' && length > 15 && line[14] == ':') {
            String header = text(0, length).toLowerCase(Locale.ROOT);
            if (header.startsWith("content-length:")) {
                left = Integer.parseInt(header.substring(15).trim());
            }
        } else if ((line[0] | 0x20) == 't' && length > 18 && line[17] == ':') {
            isChunked = text(0, length).toLowerCase(Locale.ROOT).equals("transfer-encoding: chunked");
        }
    }

    private String text(int from, int to) {
        return new String(line, from, to - from, StandardCharsets.ISO_8859_1);
    }
}
