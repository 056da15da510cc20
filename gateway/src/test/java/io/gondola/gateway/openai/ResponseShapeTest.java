package io.gondola.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gondola.gateway.text.TestModels;
import io.gondola.gateway.text.Tokenizer;
import io.gondola.protocol.TokenLogprobs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResponseShapeTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final long NOW_SECONDS = 1_700_000_000;

    @Test
    void aWholeChat() throws IOException {
        ResponseShape shape = ResponseShape.of(Requests.chat(""), NOW_SECONDS);
        JsonNode json = read(
                shape.whole(List.of(new FinishedChoice(0, "Hi \"there\"", List.of(), "stop")), new Usage(3, 2, 4)));
        assertThat(shape.id()).startsWith("chatcmpl-").hasSize("chatcmpl-".length() + 32);
        assertThat(without(json, "id", "system_fingerprint")).isEqualTo(read("""
                                {"object":"chat.completion","created":1700000000,"model":"gondola-guide",
                                "choices":[{"index":0,"message":{"role":"assistant","content":"Hi \\"there\\"",
                                "refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],
                                "usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7,
                                "prompt_tokens_details":{"cached_tokens":2}}}"""));
        assertThat(json.get("id").textValue()).isEqualTo(shape.id());
        assertThat(json.get("system_fingerprint").textValue()).matches("fp_[0-9a-f]{10}");
    }

    @Test
    void theChunksOfAChat() throws IOException {
        ResponseShape shape = ResponseShape.of(Requests.chat("\"stream\":true"), NOW_SECONDS);
        assertThat(shape.hasOpening()).isTrue();
        JsonNode opening = read(shape.opening(1));
        assertThat(without(opening, "id", "system_fingerprint")).isEqualTo(read("""
                                {"object":"chat.completion.chunk","created":1700000000,"model":"gondola-guide",
                                "choices":[{"index":1,"delta":{"role":"assistant","content":"","refusal":null},
                                "logprobs":null,"finish_reason":null}]}"""));
        assertThat(read(shape.piece(0, "é", List.of())).get("choices"))
                .isEqualTo(
                        read("[{\"index\":0,\"delta\":{\"content\":\"é\"},\"logprobs\":null,\"finish_reason\":null}]"));
        assertThat(read(shape.finish(0, "length")).get("choices"))
                .isEqualTo(read("[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"length\"}]"));
        assertThat(opening.has("usage")).isFalse();
        assertThat(opening.get("id").textValue()).isEqualTo(shape.id());
    }

    /** The bytes of a piece are put together by hand: they must be what Jackson would write. */
    @Test
    void aPieceIsTheSameJsonWhateverItsText() throws IOException {
        List<String> texts = List.of(
                "",
                "a",
                "\"quoted\" \\",
                "\n\r\t\b\f\0\u001f\u007f",
                "é\u2028\uFFFD",
                "\uD83D\uDE00",
                " \"content\":\"x\",\"text\":\"");
        for (ResponseShape shape : List.of(
                ResponseShape.of(Requests.chat("\"stream\":true,\"n\":2"), NOW_SECONDS),
                ResponseShape.of(Requests.completion("\"prompt\":\"a\",\"stream\":true,\"n\":2"), NOW_SECONDS))) {
            for (int index : new int[] {1, 0}) {
                for (String text : texts) {
                    byte[] piece = shape.piece(index, text, List.of());
                    JsonNode choice = read(piece).get("choices").get(0);
                    JsonNode content = choice.has("text")
                            ? choice.get("text")
                            : choice.get("delta").get("content");
                    assertThat(content.textValue()).isEqualTo(text);
                    assertThat(choice.get("index").intValue()).isEqualTo(index);
                    assertThat(new String(piece, StandardCharsets.UTF_8))
                            .isEqualTo(MAPPER.writeValueAsString(read(piece)));
                }
            }
        }
    }

    @Test
    void usageIsNullInEveryChunkButTheLast() throws IOException {
        ResponseShape shape = ResponseShape.of(
                Requests.chat("\"stream\":true,\"stream_options\":{\"include_usage\":true}"), NOW_SECONDS);
        for (byte[] chunk : List.of(shape.opening(0), shape.piece(0, "a", List.of()), shape.finish(0, "stop"))) {
            assertThat(read(chunk).has("usage")).isTrue();
            assertThat(read(chunk).get("usage").isNull()).isTrue();
        }
        JsonNode last = read(shape.usage(new Usage(1, 0, 2)));
        assertThat(last.get("choices")).isEmpty();
        assertThat(last.get("usage").get("total_tokens").intValue()).isEqualTo(3);
        assertThat(last.get("object").textValue()).isEqualTo("chat.completion.chunk");
    }

    @Test
    void theLogprobsOfAChat() throws IOException {
        ResponseShape shape = ResponseShape.of(Requests.chat("\"logprobs\":true,\"top_logprobs\":2"), NOW_SECONDS);
        TokenLogprobs token =
                new TokenLogprobs(3, -0.5f, new int[] {3, 0}, new float[] {-0.5f, Float.NEGATIVE_INFINITY});
        JsonNode logprobs =
                read(shape.piece(0, "!", List.of(token))).get("choices").get(0).get("logprobs");
        assertThat(logprobs).isEqualTo(read("""
                                {"content":[{"token":"!","logprob":-0.5,"bytes":[33],"top_logprobs":[
                                {"token":"!","logprob":-0.5,"bytes":[33]},
                                {"token":"<|endoftext|>","logprob":-9999.0,
                                 "bytes":[60,124,101,110,100,111,102,116,101,120,116,124,62]}]}],"refusal":null}"""));
        JsonNode whole = read(shape.whole(List.of(new FinishedChoice(0, "", List.of(), "length")), new Usage(1, 0, 0)));
        assertThat(whole.get("choices").get(0).get("logprobs").get("content")).isEmpty();
    }

    @Test
    void aWholeCompletionWithEchoAndLogprobs() throws IOException {
        TextRequest request = Requests.completion("\"prompt\":\"é!\",\"echo\":true,\"logprobs\":1,\"n\":2");
        ResponseShape shape = ResponseShape.of(request, NOW_SECONDS);
        assertThat(shape.id()).startsWith("cmpl-");
        Tokenizer tokenizer = TestModels.guide().tokenizer();
        List<TokenLogprobs> tokens = new ArrayList<>();
        float logprob = Float.NaN;
        for (int id : tokenizer.encode("é!a", false)) {
            boolean first = tokens.isEmpty();
            tokens.add(
                    first
                            ? new TokenLogprobs(id, logprob, new int[0], new float[0])
                            : new TokenLogprobs(id, -1, new int[] {5}, new float[] {-0.25f}));
        }
        JsonNode json = read(shape.whole(
                List.of(new FinishedChoice(0, "é!a", tokens, "length"), new FinishedChoice(1, "é!a", tokens, "stop")),
                new Usage(3, 0, 2)));
        assertThat(json.get("object").textValue()).isEqualTo("text_completion");
        for (int index = 0; index < 2; index++) {
            JsonNode choice = json.get("choices").get(index);
            assertThat(choice.get("index").intValue()).isEqualTo(index);
            JsonNode logprobs = choice.get("logprobs");
            int count = logprobs.get("tokens").size();
            assertThat(count).isEqualTo(tokens.size());
            assertThat(logprobs.get("token_logprobs").get(0).isNull()).isTrue();
            assertThat(logprobs.get("token_logprobs").get(1).doubleValue()).isEqualTo(-1);
            assertThat(logprobs.get("top_logprobs").get(0).isNull()).isTrue();
            assertThat(logprobs.get("top_logprobs").get(count - 1)).isEqualTo(read("{\"#\":-0.25,\"a\":-1.0}"));
            assertThat(logprobs.get("text_offset").get(0).intValue()).isZero();
            // é is one character, whatever number of tokens it is.
            assertThat(logprobs.get("text_offset").get(count - 2).intValue()).isEqualTo(1);
            assertThat(logprobs.get("text_offset").get(count - 1).intValue()).isEqualTo(2);
        }
    }

    @Test
    void theChunksOfACompletionGoOnCountingOffsets() throws IOException {
        ResponseShape shape =
                ResponseShape.of(Requests.completion("\"prompt\":\"a\",\"stream\":true,\"logprobs\":0"), NOW_SECONDS);
        assertThat(shape.hasOpening()).isFalse();
        TokenLogprobs token = new TokenLogprobs(3, -1, new int[0], new float[0]);
        shape.piece(0, "!!", List.of(token, token));
        JsonNode chunk = read(shape.piece(0, "!", List.of(token)));
        assertThat(without(chunk, "id", "system_fingerprint")).isEqualTo(read("""
                                {"object":"text_completion","created":1700000000,"model":"gondola-guide",
                                "choices":[{"text":"!","index":0,"logprobs":{"tokens":["!"],"token_logprobs":[-1.0],
                                "top_logprobs":null,"text_offset":[2]},"finish_reason":null}]}"""));
        assertThat(read(shape.finish(0, "stop")).get("choices"))
                .isEqualTo(read("[{\"text\":\"\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"stop\"}]"));
    }

    @Test
    void generate() throws IOException {
        ResponseShape shape = ResponseShape.of(Requests.generate("{\"text\":\"a\"}"), NOW_SECONDS);
        assertThat(read(shape.whole(List.of(new FinishedChoice(0, "b", List.of(), "stop")), new Usage(1, 0, 1))))
                .isEqualTo(read("{\"generated_text\":\"b\"}"));
        assertThatThrownBy(() -> shape.opening(0)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void models() throws IOException {
        JsonNode list = read(Requests.MODELS.listJson());
        assertThat(list.get("object").textValue()).isEqualTo("list");
        JsonNode model = list.get("data").get(0);
        assertThat(model).isEqualTo(read(Requests.MODELS.modelJson("gondola-guide")));
        assertThat(model.get("id").textValue()).isEqualTo("gondola-guide");
        assertThat(model.get("object").textValue()).isEqualTo("model");
        assertThat(model.get("created").longValue()).isPositive();
        assertThat(model.get("owned_by").isTextual()).isTrue();
        assertThatThrownBy(() -> Requests.MODELS.modelJson("other"))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status()).isEqualTo(404));
    }

    private static JsonNode read(byte[] json) throws IOException {
        return MAPPER.readTree(json);
    }

    private static JsonNode read(String json) throws IOException {
        return MAPPER.readTree(json);
    }

    private static JsonNode without(JsonNode json, String... fields) {
        return ((com.fasterxml.jackson.databind.node.ObjectNode) json.deepCopy()).remove(List.of(fields));
    }
}
