package io.gondola.gateway.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** A request's body: one JSON object in UTF-8, strictly. Anything else is a 400. */
public final class JsonBody {

    /** How deep objects and lists may nest; a valid request needs about eight. */
    static final int NESTING_MAX = 64;
    /** Digits of a number. */
    static final int NUMBER_CHARS_MAX = 400;

    private static final Pattern FOR_PROGRAMMERS = Pattern.compile(
            " \\((start marker at|for \\w+ starting at|bound as|not recognized as one since) .*"
                    + "|: enable `.*|, from `[^`]*`",
            Pattern.DOTALL);

    private static final ObjectReader READER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(NESTING_MAX)
                            .maxNumberLength(NUMBER_CHARS_MAX)
                            // The HTTP server bounds the body; a string is never longer than it.
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .readerFor(JsonNode.class);

    private JsonBody() {}

    /** The object; a 400 otherwise. */
    public static ObjectNode parse(byte[] body) {
        requireUtf8(body);
        JsonNode node;
        try {
            node = READER.readValue(body);
        } catch (StreamConstraintsException e) {
            throw notJson(plain(e.getOriginalMessage()));
        } catch (JsonProcessingException e) {
            String place = e.getLocation() == null
                    ? ""
                    : " (line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr() + ")";
            throw notJson(plain(e.getOriginalMessage()) + place);
        } catch (IOException e) {
            throw notJson("it cannot be read");
        }
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw notJson(node == null || node.isMissingNode() ? "it is empty" : "it must be a JSON object");
    }

    /** The parser's reason without its advice to programmers: names of its switches, where its source came from. */
    private static String plain(String reason) {
        return FOR_PROGRAMMERS.matcher(reason).replaceAll("");
    }

    private static void requireUtf8(byte[] body) {
        int i = 0;
        while (i < body.length && body[i] >= 0) {
            i++;
        }
        if (i == body.length) {
            return;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body, i, body.length - i));
        } catch (CharacterCodingException e) {
            throw notJson("it is not valid UTF-8");
        }
    }

    private static ApiException notJson(String why) {
        return ApiException.invalid(
                null, "invalid_json", "We could not parse the JSON body of your request: " + why + ".");
    }
}
