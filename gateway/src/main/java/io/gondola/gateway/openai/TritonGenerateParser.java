package io.gondola.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gondola.gateway.openai.TextRequest.Prompt;
import io.gondola.gateway.text.ServedModel;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The body of Triton's {@code generate} and {@code generate_stream} to a valid request, tokenised: {@code text_input}, and
 * what else is said either in {@code parameters} or beside it. The text goes to the model as it is, as Triton has it: who
 * wants the chat template has the chat API. Thread-safe; large bodies belong off the event loop.
 */
public final class TritonGenerateParser {

    private static final String PARAMETERS = "parameters";
    private static final String STREAM = "stream";
    /** What Triton's backends call otherwise. */
    private static final Map<String, String> ALIASES = Map.of("stop_words", "stop", "random_seed", "seed");
    /** Would change the answer, and is not there. */
    private static final List<String> UNSUPPORTED =
            List.of("bad_words", "beam_width", "logprobs", "return_log_probs", "images");

    private final ServedModel model;
    private final RequestLimits limits;
    private final boolean isStream;

    /** @param isStream whether the answer is a stream: that is for the path to say */
    public TritonGenerateParser(ServedModel model, RequestLimits limits, boolean isStream) {
        this.model = model;
        this.limits = limits;
        this.isStream = isStream;
    }

    /** @throws ApiException that names the field which is wrong */
    public TextRequest parse(byte[] body, RequestHeaders headers) {
        ObjectNode flat = flat(JsonBody.parse(body));
        requireOwnKind(flat.get(STREAM));
        flat.put(STREAM, isStream);
        RequestFields fields = RequestFields.of(new Fields(flat), model, limits);
        if (fields.n() > 1) {
            throw Fields.unsupported("n", "'n' above 1 is not supported by generate; use /v1/completions.");
        }
        fields.fields().require("text_input");
        String text = fields.fields().string("text_input", Integer.MAX_VALUE);
        boolean echo = fields.find("exclude_input_in_output") != null
                && !fields.fields().flag("exclude_input_in_output");
        PromptBuilder builder = new PromptBuilder(model, "text_input", "text", maxTokens(fields));
        String prompt = text == null ? "" : text;
        Prompt tokenised = builder.build(prompt, builder.encode(prompt, true));
        return fields.toRequest(TextRequest.Kind.TRITON, List.of(tokenised), -1, echo, headers, limits);
    }

    private void requireOwnKind(@Nullable JsonNode stream) {
        if (stream == null || stream.isNull()) {
            return;
        }
        if (!stream.isBoolean()) {
            throw Fields.wrongTypeAt(STREAM, "a boolean", stream);
        }
        if (stream.booleanValue() != isStream) {
            throw Fields.unsupported(
                    STREAM,
                    isStream
                            ? "generate_stream gives a stream of events; use generate for an answer in one piece."
                            : "generate gives exactly 1 response; use generate_stream for a stream.");
        }
    }

    /** One object of what stands in {@code parameters} and beside it; a field in both is a 400. */
    private static ObjectNode flat(ObjectNode body) {
        JsonNode parameters = body.remove(PARAMETERS);
        if (parameters != null && !parameters.isNull()) {
            if (!(parameters instanceof ObjectNode object)) {
                throw Fields.wrongTypeAt(PARAMETERS, "an object", parameters);
            }
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                setOnce(body, field.getKey(), field.getValue());
            }
        }
        for (String name : UNSUPPORTED) {
            if (!isNeutral(body.get(name))) {
                throw UnsupportedFields.unsupported(name);
            }
        }
        ALIASES.forEach((alias, name) -> {
            JsonNode value = body.remove(alias);
            if (value != null && !isSilent(value)) {
                setOnce(body, name, value);
            }
        });
        return body;
    }

    private static void setOnce(ObjectNode body, String name, JsonNode value) {
        if (body.has(name)) {
            throw ApiException.invalid(name, "invalid_value", "'" + Shortened.of(name) + "' is given twice.");
        }
        body.set(name, value);
    }

    /** What clients send to say nothing. */
    private static boolean isSilent(JsonNode value) {
        return value.isNull()
                || (value.isTextual() && value.textValue().isEmpty())
                || (value.isArray() && value.isEmpty());
    }

    /** The same, or false, or none or one of it. */
    private static boolean isNeutral(@Nullable JsonNode value) {
        return value == null
                || isSilent(value)
                || (value.isBoolean() && !value.booleanValue())
                || (value.isIntegralNumber() && value.asLong() >= 0 && value.asLong() <= 1);
    }

    private static int maxTokens(RequestFields fields) {
        Integer wanted = fields.tokenCount("max_tokens", 1);
        Integer usual = fields.model().defaults().maxNewTokens();
        return wanted != null ? wanted : usual != null ? usual : GenerateParser.MAX_TOKENS_DEFAULT;
    }
}
