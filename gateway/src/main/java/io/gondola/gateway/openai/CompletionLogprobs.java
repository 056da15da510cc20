package io.gondola.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.gondola.gateway.text.IncrementalDetokenizer;
import io.gondola.gateway.text.Tokenizer;
import io.gondola.protocol.TokenLogprobs;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The {@code logprobs} object of one choice of a completion: four lists of the same length. {@code text_offset} is
 * where in the choice's text, in characters (code points), the token begins; over the chunks of a stream it goes on.
 */
final class CompletionLogprobs {

    private final Tokenizer tokenizer;
    private final boolean wantsTop;
    private final IncrementalDetokenizer detokenizer;
    private int offset;

    CompletionLogprobs(Tokenizer tokenizer, IncrementalDetokenizer detokenizer, boolean wantsTop) {
        this.tokenizer = tokenizer;
        this.wantsTop = wantsTop;
        this.detokenizer = detokenizer;
    }

    void write(JsonGenerator generator, List<TokenLogprobs> tokens) throws IOException {
        generator.writeObjectFieldStart("logprobs");
        generator.writeArrayFieldStart("tokens");
        for (TokenLogprobs token : tokens) {
            generator.writeString(tokenizer.tokenText(token.token()));
        }
        generator.writeEndArray();
        generator.writeArrayFieldStart("token_logprobs");
        for (TokenLogprobs token : tokens) {
            // Nothing precedes the first token of a prompt.
            if (Float.isNaN(token.logprob())) {
                generator.writeNull();
            } else {
                generator.writeNumber(ChatLogprobs.finite(token.logprob()));
            }
        }
        generator.writeEndArray();
        writeTop(generator, tokens);
        generator.writeArrayFieldStart("text_offset");
        for (TokenLogprobs token : tokens) {
            generator.writeNumber(offset);
            String text = detokenizer.append(new int[] {token.token()});
            offset += text.codePointCount(0, text.length());
        }
        generator.writeEndArray();
        generator.writeEndObject();
    }

    private void writeTop(JsonGenerator generator, List<TokenLogprobs> tokens) throws IOException {
        if (!wantsTop) {
            generator.writeNullField("top_logprobs");
            return;
        }
        generator.writeArrayFieldStart("top_logprobs");
        for (TokenLogprobs token : tokens) {
            if (Float.isNaN(token.logprob())) {
                generator.writeNull();
                continue;
            }
            generator.writeStartObject();
            for (Map.Entry<String, Float> entry : byText(token).entrySet()) {
                generator.writeNumberField(entry.getKey(), ChatLogprobs.finite(entry.getValue()));
            }
            generator.writeEndObject();
        }
        generator.writeEndArray();
    }

    /** The likeliest tokens and the chosen one. Of tokens that read the same, the likeliest. */
    private Map<String, Float> byText(TokenLogprobs token) {
        Map<String, Float> logprobs = new LinkedHashMap<>();
        for (int i = 0; i < token.topTokens().length; i++) {
            logprobs.putIfAbsent(tokenizer.tokenText(token.topTokens()[i]), token.topLogprobs()[i]);
        }
        logprobs.putIfAbsent(tokenizer.tokenText(token.token()), token.logprob());
        return logprobs;
    }
}
