package io.gondola.standalone.bench;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads one answer's server-sent events, or its one JSON document: counts the pieces of text and hashes the text itself,
 * so that a token lost, repeated or out of order shows.
 */
final class EventReader {

    private static final byte[] DATA = ascii("data: {");
    private static final byte[] DONE = ascii("data: [DONE]");
    private static final byte[] ERROR = ascii("data: {\"error\"");
    private static final byte[][] TEXT_KEYS = {ascii("\"content\":\""), ascii("\"text\":\"")};
    private static final int CARRY_BYTES_INITIAL = 128;
    private static final long HASH_FACTOR = 1_099_511_628_211L;

    private byte[] carry = new byte[CARRY_BYTES_INITIAL];
    private int carryLength;
    /** Where the text began in the last event: events of one stream begin alike. */
    private int textAt;

    private long hash;
    private int pieces;
    private boolean isDone;
    private boolean hasError;

    void reset() {
        carryLength = 0;
        hash = 0;
        pieces = 0;
        isDone = false;
        hasError = false;
    }

    /** Takes bytes of the body. Returns how many pieces of text were in them. */
    int onData(byte[] bytes, int from, int to) {
        int before = pieces;
        int start = from;
        for (int at = from; at < to; at++) {
            if (bytes[at] == '\n') {
                if (carryLength == 0) {
                    onLine(bytes, start, at);
                } else {
                    keep(bytes, start, at);
                    onLine(carry, 0, carryLength);
                    carryLength = 0;
                }
                start = at + 1;
            }
        }
        keep(bytes, start, to);
        return pieces - before;
    }

    /** The answer is whole; what is left has no line end: a JSON document. */
    void onEnd() {
        if (carryLength > 0) {
            onText(carry, 0, carryLength);
        }
    }

    /** Of all text so far, as it is written in JSON. */
    long hash() {
        return hash;
    }

    boolean isDone() {
        return isDone;
    }

    boolean hasError() {
        return hasError;
    }

    /** What came last, for a message. */
    String last() {
        return new String(carry, 0, carryLength, StandardCharsets.UTF_8);
    }

    private void keep(byte[] bytes, int from, int to) {
        if (carryLength + to - from > carry.length) {
            carry = Arrays.copyOf(carry, Math.max(2 * carry.length, carryLength + to - from));
        }
        System.arraycopy(bytes, from, carry, carryLength, to - from);
        carryLength += to - from;
    }

    private void onLine(byte[] bytes, int from, int to) {
        if (startsWith(DATA, bytes, from, to)) {
            hasError |= startsWith(ERROR, bytes, from, to);
            onText(bytes, from, to);
        } else if (startsWith(DONE, bytes, from, to)) {
            isDone = true;
        }
    }

    private void onText(byte[] bytes, int from, int to) {
        int begin = beginOfText(bytes, from, to);
        if (begin < 0 || bytes[begin] == '"') {
            return;
        }
        pieces++;
        for (int at = begin; at < to && bytes[at] != '"'; at++) {
            if (bytes[at] == '\\') {
                hash = hash * HASH_FACTOR + bytes[at++];
            }
            hash = hash * HASH_FACTOR + bytes[at] + 1;
        }
    }

    private int beginOfText(byte[] bytes, int from, int to) {
        for (byte[] key : TEXT_KEYS) {
            int known = from + textAt - key.length;
            if (known > from && startsWith(key, bytes, known, to)) {
                return from + textAt;
            }
        }
        for (byte[] key : TEXT_KEYS) {
            for (int at = from; at + key.length < to; at++) {
                if (startsWith(key, bytes, at, to)) {
                    textAt = at + key.length - from;
                    return at + key.length;
                }
            }
        }
        return -1;
    }

    private static boolean startsWith(byte[] start, byte[] bytes, int from, int to) {
        return to - from >= start.length && Arrays.equals(bytes, from, from + start.length, start, 0, start.length);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
