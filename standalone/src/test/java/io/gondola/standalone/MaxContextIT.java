package io.gondola.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The demo model with less context than it has: gateway, engine and KV cache go by the shorter one. */
class MaxContextIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SLOTS = 2;
    private static final int CONTEXT_TOKENS = 40;

    private static RunningGondola gondola;

    @BeforeAll
    static void start() throws Exception {
        gondola = RunningGondola.withDemoModel(SLOTS, CONTEXT_TOKENS);
    }

    @AfterAll
    static void stop() {
        gondola.close();
    }

    /** The prompt is token ids, so that its length is known; the end token is forbidden. */
    private static HttpResponse<String> complete(int promptTokens, String more) throws Exception {
        String prompt = "5" + ", 5".repeat(promptTokens - 1);
        return gondola.post(
                "/v1/completions",
                "{\"model\": \"" + RunningGondola.MODEL + "\", \"temperature\": 0, \"logit_bias\": {\"0\": -100}, "
                        + "\"prompt\": [" + prompt + "]" + more + "}");
    }

    @Test
    void anOutputEndsWhereTheContextDoes() throws Exception {
        HttpResponse<String> answer = complete(10, ", \"max_tokens\": 1000");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode json = JSON.readTree(answer.body());
        assertThat(json.at("/usage/completion_tokens").intValue()).isEqualTo(CONTEXT_TOKENS - 10);
        assertThat(json.at("/choices/0/finish_reason").textValue()).isEqualTo("length");
    }

    @Test
    void aChatWithoutMaxTokensFillsTheContextAndNoMore() throws Exception {
        HttpResponse<String> answer = gondola.post(
                "/v1/chat/completions",
                "{\"model\": \"" + RunningGondola.MODEL + "\", \"temperature\": 0, \"logit_bias\": {\"0\": -100}, "
                        + "\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonNode json = JSON.readTree(answer.body());
        assertThat(json.at("/usage/total_tokens").intValue()).isEqualTo(CONTEXT_TOKENS);
        assertThat(json.at("/choices/0/finish_reason").textValue()).isEqualTo("length");
    }

    @Test
    void aPromptThatFillsTheContextIsA400ThatNamesTheShorterOne() throws Exception {
        assertThat(complete(CONTEXT_TOKENS - 1, "").statusCode()).isEqualTo(200);
        for (int tokens : new int[] {CONTEXT_TOKENS, CONTEXT_TOKENS + 1}) {
            HttpResponse<String> answer = complete(tokens, "");
            assertThat(answer.statusCode()).isEqualTo(400);
            JsonNode error = JSON.readTree(answer.body()).get("error");
            assertThat(error.get("code").textValue()).isEqualTo("context_length_exceeded");
            assertThat(error.get("message").textValue())
                    .contains("maximum context length is " + CONTEXT_TOKENS + " tokens");
        }
    }

    @Test
    void theCacheIsForTheShorterContext() throws Exception {
        assertThat(gondola.metric("gondola_kv_tokens_capacity")).isEqualTo(SLOTS * CONTEXT_TOKENS);
    }
}
