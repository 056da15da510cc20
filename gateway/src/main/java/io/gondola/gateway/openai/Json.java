package io.gondola.gateway.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes JSON into bytes, without a tree in between: it is done for every token of a stream. */
public final class Json {

    private static final JsonFactory FACTORY = new JsonFactory();
    private static final int INITIAL_BYTES = 512;

    /** What writes the JSON; a null string is written as null. */
    public interface Content {
        void write(JsonGenerator generator) throws IOException;
    }

    private Json() {}

    /** The bytes that {@code content} wrote. */
    public static byte[] write(Content content) {
        ByteArrayBuilder bytes = new ByteArrayBuilder(INITIAL_BYTES);
        try (JsonGenerator generator = FACTORY.createGenerator(bytes)) {
            content.write(generator);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
