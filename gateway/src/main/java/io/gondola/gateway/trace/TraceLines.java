package io.gondola.gateway.trace;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Locale;

/** The lines of a trace, version {@value #VERSION}: a JSON object each; {@code docs/trace.md} says what is in them. */
final class TraceLines {

    static final String FORMAT = "gondola-trace";
    static final int VERSION = 1;

    private static final double NANOS_PER_MILLI = 1e6;
    private static final JsonFactory JSON = new JsonFactory();

    private final Pseudonyms pseudonyms;
    private final Instant startedAt;
    private final long startedNanos;

    /**
     * @param startedAt what the times in the lines count from
     * @param startedNanos the same instant on {@link System#nanoTime}
     */
    TraceLines(Pseudonyms pseudonyms, Instant startedAt, long startedNanos) {
        this.pseudonyms = pseudonyms;
        this.startedAt = startedAt;
        this.startedNanos = startedNanos;
    }

    /** The first line of every file. */
    byte[] header() {
        return line(json -> {
            json.writeStringField("format", FORMAT);
            json.writeNumberField("version", VERSION);
            json.writeStringField("startedAt", startedAt.toString());
            json.writeNumberField("prefixBlockTokens", TraceRecord.PREFIX_BLOCK_TOKENS);
            json.writeNumberField("prefixBlocksMax", TraceRecord.PREFIX_BLOCKS_MAX);
        });
    }

    byte[] of(TraceRecord ended) {
        return line(json -> write(json, ended));
    }

    private void write(JsonGenerator json, TraceRecord ended) throws IOException {
        millis(json, "arrivalMillis", ended.arrivedNanos() - startedNanos);
        json.writeStringField("model", ended.model());
        json.writeStringField("class", word(ended.requestClass()));
        json.writeStringField("tenant", pseudonyms.ofTenant(ended.tenant()));
        json.writeNumberField("tenantWeight", ended.tenantWeight());
        json.writeArrayFieldStart("promptTokens");
        for (TraceRecord.Prompt prompt : ended.prompts()) {
            json.writeNumber(prompt.tokens());
        }
        json.writeEndArray();
        json.writeArrayFieldStart("maxTokens");
        for (TraceRecord.Prompt prompt : ended.prompts()) {
            json.writeNumber(prompt.maxTokens());
        }
        json.writeEndArray();
        json.writeNumberField("choices", ended.choices());
        json.writeArrayFieldStart("outputTokens");
        for (int tokens : ended.outputTokens()) {
            json.writeNumber(tokens);
        }
        json.writeEndArray();
        json.writeNumberField("cachedTokens", ended.cachedTokens());
        millis(json, "deadlineMillis", ended.timeoutNanos());
        json.writeStringField("outcome", ended.outcome().tag());
        millis(json, "queueMillis", ended.queueNanos());
        json.writeStringField("waitReason", word(ended.waitReason()));
        if (ended.firstTokenNanos() != TraceRecord.NEVER) {
            millis(json, "firstTokenMillis", ended.firstTokenNanos());
        }
        millis(json, "durationMillis", ended.durationNanos());
        json.writeArrayFieldStart("prefix");
        for (TraceRecord.Prompt prompt : ended.prompts()) {
            json.writeString(pseudonyms.ofPrefix(ended.model(), prompt.head()));
        }
        json.writeEndArray();
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** To the microsecond. */
    private static void millis(JsonGenerator json, String name, long nanos) throws IOException {
        json.writeNumberField(name, Math.round(nanos / NANOS_PER_MILLI * 1e3) / 1e3);
    }

    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    private static byte[] line(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
            json.writeRaw('\n');
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }
}
