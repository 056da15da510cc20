package io.gondola.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonBodyTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "[]",
                "\"text\"",
                "1",
                "{",
                "{}}",
                "{} {}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":NaN}",
                "{\"a\":Infinity}",
                "{a:1}",
                "{'a':1}",
                "{\"a\":1,}",
                "{\"a\":01}",
                "{\"a\":\"\u0001\"}",
                "// {}",
                "{\"messages\":[{\"role\":\"user\",\"role\":\"user\",\"content\":\"a\"}]}"
            })
    void whatIsNoJsonObjectIsA400(String body) {
        ApiException refusal = Requests.refused(Requests.CHAT, body);
        assertThat(refusal.status()).isEqualTo(400);
        assertThat(refusal.type()).isEqualTo("invalid_request_error");
        assertThat(refusal.message()).doesNotContain("`", "Feature", "Source", "null:");
    }

    @Test
    void messageOfTooDeepNestingNamesTheLimitAndNoClass() {
        ApiException refusal = Requests.refused(Requests.CHAT, "[".repeat(JsonBody.NESTING_MAX + 1));
        assertThat(refusal.message())
                .contains(String.valueOf(JsonBody.NESTING_MAX))
                .doesNotContain("`", "Constraints");
    }

    @Test
    void invalidUtf8IsA400() {
        byte[] body = Requests.utf8(Requests.chatBody(""));
        int at = new String(body, StandardCharsets.UTF_8).indexOf("Hello");
        for (byte[] bad : List.of(
                new byte[] {(byte) 0xFF},
                new byte[] {(byte) 0xC0, (byte) 0x80},
                new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
                new byte[] {(byte) 0xC3})) {
            byte[] broken = body.clone();
            System.arraycopy(bad, 0, broken, at, bad.length);
            assertThat(Requests.refused(Requests.CHAT, broken).message()).contains("UTF-8");
        }
    }

    @Test
    void bombsAreA400() {
        for (String bomb : List.of(
                "{\"messages\":" + "[".repeat(100_000),
                "{\"a\":".repeat(100_000),
                Requests.chatBody("\"x\":" + "[".repeat(1000) + "]".repeat(1000)),
                Requests.chatBody("\"seed\":" + "9".repeat(100_000)),
                Requests.chatBody("\"temperature\":1e" + "9".repeat(1000)),
                Requests.chatBody("\"temperature\":1e999999999"),
                Requests.chatBody("\"seed\":1e999999999"),
                Requests.chatBody("\"n\":1e-999999999"))) {
            assertThat(Requests.refused(Requests.CHAT, bomb).status()).isEqualTo(400);
        }
    }

    @Test
    void anErrorHasOpenAisShape() throws IOException {
        JsonNode body = MAPPER.readTree(
                Requests.refused(Requests.CHAT, Requests.chatBody("\"n\":0")).toJson());
        assertThat(body.size()).isEqualTo(1);
        JsonNode error = body.get("error");
        assertThat(error.properties().stream().map(entry -> entry.getKey()))
                .containsExactlyInAnyOrder("message", "type", "param", "code");
        assertThat(error.get("param").textValue()).isEqualTo("n");
        assertThat(MAPPER.readTree(new ApiException(500, "server_error", null, null, "x\"\n").toJson())
                        .get("error")
                        .get("code")
                        .isNull())
                .isTrue();
    }

    @Test
    void loneSurrogatesNeverReachTheAnswer() throws IOException {
        for (String body : List.of(
                "{\"model\":\"\\ud83d\",\"messages\":[]}",
                "{\"model\":\"" + "x".repeat(63) + "\\ud83d\\ude00\"}",
                "{\"messages\":[{\"role\":\"\\ude00\"}]}",
                Requests.chatBody("\"stop\":\"a\\ud83d\""),
                Requests.chatBody("\"logit_bias\":{\"\\ud83d\":1}"),
                Requests.chatBody("\"response_format\":{\"type\":\"\\ud83d\"}"))) {
            assertThat(MAPPER.readTree(Requests.refused(Requests.CHAT, body).toJson())
                            .has("error"))
                    .isTrue();
        }
        TextRequest echo = Requests.completion("\"prompt\":\"a\\ud83d\",\"echo\":true");
        assertThat(echo.prompts().get(0).text()).isEqualTo("a\uFFFD");
        assertThat(ResponseShape.of(echo, 1).piece(0, echo.prompts().get(0).text(), List.of()))
                .isNotEmpty();
    }

    /** Valid bodies with every kind of field, to be broken. */
    private static final List<String> BODIES = List.of(
            Requests.chatBody("""
                    "max_tokens":7,"temperature":0.5,"top_p":0.9,"top_k":40,"min_p":0.05,"seed":123456789012345,
                    "stop":["ab","é😀"],"presence_penalty":-2,"frequency_penalty":2.0,"repetition_penalty":1.1,
                    "logit_bias":{"5":-100,"2047":1.5},"logprobs":true,"top_logprobs":20,"n":3,"stream":true,
                    "stream_options":{"include_usage":true},"ignore_eos":true,"user":"alice""" + "\",\"response_format\":{\"type\":\"text\"},\"tools\":[],\"tool_choice\":\"none\""),
            """
            {"messages":[{"role":"system","content":"S"},{"role":"user","content":[{"type":"text","text":"Hé😀llo"},
            {"type":"text","text":"\\ud83d\\u0000<|endoftext|>"}]},{"role":"assistant","content":null}]}""",
            """
            {"prompt":["a",""],"echo":true,"max_tokens":0,"logprobs":5,"best_of":2,"n":2,"suffix":null}""",
            """
            {"prompt":[[1,1591,2],[5]],"echo":true,"stream":true}""",
            """
            {"text":"What is a batch?","max_new_tokens":5}""");

    private static final List<String> TOKENS = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1e400",
            "9223372036854775808",
            "1.5",
            "\"\"",
            "[]",
            "{}",
            "[[]]",
            "NaN",
            ",",
            "\"a\":",
            "}",
            "]",
            "\\ud800",
            "\u0000",
            "😀",
            "\\",
            "\"",
            "1e-400",
            "[null]",
            "{\"type\":\"text\"}",
            "-0.0");

    @Test
    void brokenBodiesGiveARequestOrARefusalAndNothingElse() {
        int accepted = 0;
        for (int seed = 0; seed < 10_000; seed++) {
            Random random = new Random(seed);
            byte[] body = mutate(BODIES.get(random.nextInt(BODIES.size())), random);
            for (Requests.Parser parser : List.of(Requests.CHAT, Requests.COMPLETION, Requests.GENERATE)) {
                try {
                    TextRequest request = parser.parse(body, RequestHeaders.NONE);
                    accepted++;
                    assertValid(request);
                } catch (ApiException e) {
                    assertThat(e.status()).as("seed %s", seed).isIn(400, 404);
                    assertThat(e.toJson()).isNotEmpty();
                } catch (RuntimeException | Error e) {
                    throw new AssertionError("seed " + seed + ": " + new String(body, StandardCharsets.UTF_8), e);
                }
            }
        }
        assertThat(accepted).isBetween(1000, 29_000);
    }

    private static void assertValid(TextRequest request) {
        for (TextRequest.Prompt prompt : request.prompts()) {
            assertThat(prompt.tokens()).isNotEmpty();
            assertThat(prompt.maxTokens()).isBetween(0, 512 - prompt.tokens().length);
            assertThat(prompt.maxTokens() > 0 || request.echo()).isTrue();
            assertThat(Arrays.stream(prompt.tokens()).allMatch(id -> id >= 0 && id < 2048))
                    .isTrue();
        }
        for (int prompt = 0; prompt < request.prompts().size(); prompt++) {
            for (int choice = 0; choice < request.n(); choice++) {
                assertThat(request.samplingOf(prompt, choice)).isNotNull();
            }
        }
    }

    private static byte[] mutate(String body, Random random) {
        StringBuilder text = new StringBuilder(body);
        for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
            int at = random.nextInt(text.length() + 1);
            int to = Math.min(text.length(), at + random.nextInt(6));
            switch (random.nextInt(4)) {
                case 0 -> text.replace(at, to, TOKENS.get(random.nextInt(TOKENS.size())));
                case 1 -> text.delete(at, to);
                case 2 -> text.insert(at, text.substring(at, to));
                default -> replaceValue(text, random);
            }
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(8) == 0 && bytes.length > 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    /** Puts another token in the place of a field's value: most such bodies are JSON still. */
    private static void replaceValue(StringBuilder text, Random random) {
        int colon = text.indexOf(":", random.nextInt(text.length() + 1));
        if (colon >= 0) {
            int end = colon + 1;
            while (end < text.length() && ",}]".indexOf(text.charAt(end)) < 0) {
                end++;
            }
            text.replace(colon + 1, end, TOKENS.get(random.nextInt(TOKENS.size())));
        }
    }
}
