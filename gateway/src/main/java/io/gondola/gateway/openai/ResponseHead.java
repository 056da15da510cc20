package io.gondola.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What every chunk of an answer begins with, and how usage is written.
 *
 * @param id the answer's id
 * @param createdSeconds when it was begun
 * @param model the served name
 * @param fingerprint {@code system_fingerprint}: the same as long as server and model are
 */
record ResponseHead(String id, long createdSeconds, String model, String fingerprint) {

    /** Changed when the same request may get another answer than before. */
    private static final int BEHAVIOUR_VERSION = 1;

    static ResponseHead of(String idPrefix, TextRequest request, long nowSeconds) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        String model = request.model().name();
        int hash = 31 * model.hashCode() + BEHAVIOUR_VERSION;
        return new ResponseHead(
                idPrefix + hex(random.nextLong()) + hex(random.nextLong()),
                nowSeconds,
                model,
                "fp_" + hex(hash & 0xFFFF_FFFFL).substring(6));
    }

    void write(JsonGenerator generator, String object) throws IOException {
        generator.writeStringField("id", id);
        generator.writeStringField("object", object);
        generator.writeNumberField("created", createdSeconds);
        generator.writeStringField("model", model);
        generator.writeStringField("system_fingerprint", fingerprint);
    }

    /** The last chunk of a stream that was asked for its usage: it has no choices. */
    byte[] usageChunk(String object, Usage usage) {
        return Json.write(generator -> {
            generator.writeStartObject();
            write(generator, object);
            generator.writeArrayFieldStart("choices");
            generator.writeEndArray();
            writeUsage(generator, usage);
            generator.writeEndObject();
        });
    }

    static void writeUsage(JsonGenerator generator, Usage usage) throws IOException {
        generator.writeObjectFieldStart("usage");
        generator.writeNumberField("prompt_tokens", usage.promptTokens());
        generator.writeNumberField("completion_tokens", usage.completionTokens());
        generator.writeNumberField("total_tokens", usage.totalTokens());
        generator.writeObjectFieldStart("prompt_tokens_details");
        generator.writeNumberField("cached_tokens", usage.cachedTokens());
        generator.writeEndObject();
        generator.writeEndObject();
    }

    private static String hex(long bits) {
        String digits = Long.toHexString(bits);
        return "0".repeat(16 - digits.length()) + digits;
    }
}
