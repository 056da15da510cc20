package io.gondola.gateway.openai;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gondola.gateway.text.TestModels;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Parses bodies against the demo model, as the HTTP server does. */
final class Requests {

    static final ServedModels MODELS = ServedModels.of(List.of(TestModels.guide()));

    /** Something that gives a request for a body. */
    interface Parser {
        TextRequest parse(byte[] body, RequestHeaders headers);
    }

    static final Parser CHAT = new ChatCompletionParser(MODELS, RequestLimits.DEFAULT)::parse;
    static final Parser COMPLETION = new CompletionParser(MODELS, RequestLimits.DEFAULT)::parse;
    static final Parser GENERATE = new GenerateParser(MODELS, RequestLimits.DEFAULT)::parse;

    private Requests() {}

    static TextRequest chat(String fields) {
        return CHAT.parse(utf8(chatBody(fields)), RequestHeaders.NONE);
    }

    static TextRequest completion(String fields) {
        return COMPLETION.parse(utf8("{\"model\":\"gondola-guide\"," + fields + "}"), RequestHeaders.NONE);
    }

    static TextRequest generate(String body) {
        return GENERATE.parse(utf8(body), RequestHeaders.NONE);
    }

    /** A valid chat with more fields. */
    static String chatBody(String fields) {
        return "{\"model\":\"gondola-guide\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]"
                + (fields.isEmpty() ? "" : "," + fields) + "}";
    }

    static ApiException refused(Parser parser, String body) {
        return refused(parser, utf8(body));
    }

    static ApiException refused(Parser parser, byte[] body) {
        ApiException refusal = catchThrowableOfType(ApiException.class, () -> parser.parse(body, RequestHeaders.NONE));
        if (refusal == null) {
            throw new AssertionError("was accepted: " + new String(body, StandardCharsets.UTF_8));
        }
        return refusal;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
