package io.gondola.gateway.openai;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A chunk of a stream with all of its bytes but the text: they are the same for every piece of one choice, so a token costs
 * no more than its own text and a copy.
 */
final class ChunkTemplate {

    private static final JsonStringEncoder ENCODER = JsonStringEncoder.getInstance();

    private final byte[] head;
    private final byte[] tail;

    private ChunkTemplate(byte[] head, byte[] tail) {
        this.head = head;
        this.tail = tail;
    }

    /**
     * Takes a chunk apart.
     *
     * @param chunk whose text is empty
     * @param field the text's name. Before it come an id and a model's name; quotes in that have a backslash, so the first
     *     such field is the one
     */
    static ChunkTemplate of(byte[] chunk, String field) {
        byte[] key = ('"' + field + "\":\"").getBytes(StandardCharsets.US_ASCII);
        int at = 0;
        while (!startsWith(key, chunk, at)) {
            at++;
        }
        int cut = at + key.length;
        return new ChunkTemplate(Arrays.copyOf(chunk, cut), Arrays.copyOfRange(chunk, cut, chunk.length));
    }

    private static boolean startsWith(byte[] key, byte[] bytes, int at) {
        return Arrays.equals(bytes, at, at + key.length, key, 0, key.length);
    }

    /** The chunk with this text. */
    byte[] with(String text) {
        byte[] escaped = ENCODER.quoteAsUTF8(text);
        byte[] chunk = new byte[head.length + escaped.length + tail.length];
        System.arraycopy(head, 0, chunk, 0, head.length);
        System.arraycopy(escaped, 0, chunk, head.length, escaped.length);
        System.arraycopy(tail, 0, chunk, head.length + escaped.length, tail.length);
        return chunk;
    }
}
