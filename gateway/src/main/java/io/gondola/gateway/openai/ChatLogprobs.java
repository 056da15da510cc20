package io.gondola.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.gondola.gateway.text.Tokenizer;
import io.gondola.protocol.TokenLogprobs;
import java.io.IOException;
import java.util.List;

/** The {@code logprobs} object of chats: tokens with their bytes, and the likeliest ones at their place. */
final class ChatLogprobs {

    /** What OpenAI writes for a token that cannot come. */
    static final float LOGPROB_MIN = -9999;

    private final Tokenizer tokenizer;

    ChatLogprobs(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    void write(JsonGenerator generator, List<TokenLogprobs> tokens) throws IOException {
        generator.writeObjectFieldStart("logprobs");
        generator.writeArrayFieldStart("content");
        for (TokenLogprobs token : tokens) {
            generator.writeStartObject();
            writeToken(generator, token.token(), token.logprob());
            generator.writeArrayFieldStart("top_logprobs");
            for (int i = 0; i < token.topTokens().length; i++) {
                generator.writeStartObject();
                writeToken(generator, token.topTokens()[i], token.topLogprobs()[i]);
                generator.writeEndObject();
            }
            generator.writeEndArray();
            generator.writeEndObject();
        }
        generator.writeEndArray();
        generator.writeNullField("refusal");
        generator.writeEndObject();
    }

    private void writeToken(JsonGenerator generator, int token, float logprob) throws IOException {
        generator.writeStringField("token", tokenizer.tokenText(token));
        generator.writeNumberField("logprob", finite(logprob));
        generator.writeArrayFieldStart("bytes");
        for (byte value : tokenizer.tokenBytes(token)) {
            generator.writeNumber(value & 0xFF);
        }
        generator.writeEndArray();
    }

    /** JSON has no infinity. */
    static float finite(float logprob) {
        return logprob >= LOGPROB_MIN ? logprob : LOGPROB_MIN;
    }
}
