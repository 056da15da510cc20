package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.http.RawClient.Answer;
import io.gondola.protocol.AttemptStart;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.QueueWait;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.protocol.WaitReason;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that are not streamed: what is submitted, and what comes of the tokens. */
class AnswerTest extends SharedGateway {

    @Override
    GatewayHarness open() throws Exception {
        return GatewayHarness.startWith(limits -> limits.inlineBodyBytesMax(600));
    }

    private void complete(String fields) throws Exception {
        client.post("/v1/completions", "{\"model\":\"gondola-guide\"," + fields + "}");
    }

    @Test
    void chat() throws Exception {
        double successes = harness.metric(GatewayHarness.requests("success"));
        client.post(
                "/v1/chat/completions",
                "{\"model\":\"gondola-guide\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],"
                        + "\"max_tokens\":20,\"seed\":7,\"temperature\":0.5,\"user\":\"ann\"}",
                "X-Priority: interactive",
                "X-Request-Timeout: 2.5");
        GenerationRequest request = backend.awaitOne();
        assertThat(request.promptTokens()).containsExactly(1, 1591, 2);
        assertThat(request.maxTokens()).isEqualTo(20);
        assertThat(request.stopTokens()).containsExactly(0);
        assertThat(request.sampling().seed()).isEqualTo(7);
        assertThat(request.sampling().temperature()).isEqualTo(0.5f);
        assertThat(request.tenant()).isEqualTo("ann");
        assertThat(request.requestClass()).isEqualTo(RequestClass.INTERACTIVE);
        assertThat(request.timeoutNanos()).isBetween(1_000_000_000L, 2_500_000_000L);
        assertThat(request.generatedTokens()).isEmpty();
        backend.accept(request);
        int[] hello = harness.ids("Hello! I am here.");
        backend.tokens(request, 0, hello);
        backend.last(request, hello.length, FinishReason.STOP);
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("application/json");
        assertThat(answer.json().getString("object")).isEqualTo("chat.completion");
        assertThat(answer.json().getString("id")).startsWith("chatcmpl-");
        JsonObject choice = choice(answer, 0);
        assertThat(choice.getJsonObject("message").getString("content")).isEqualTo("Hello! I am here.");
        assertThat(choice.getString("finish_reason")).isEqualTo("stop");
        assertUsage(answer, 3, hello.length);
        assertThat(harness.metric(GatewayHarness.requests("success"))).isEqualTo(successes + 1);
    }

    @Test
    void generate() throws Exception {
        client.post("/generate", "{\"text\":\"Hello\",\"max_new_tokens\":4}", "Connection: close");
        GenerationRequest request = backend.awaitOne();
        assertThat(request.maxTokens()).isEqualTo(4);
        backend.last(request, 0, FinishReason.LENGTH, harness.ids(" a b c d"));
        Answer answer = client.readAnswer();
        assertThat(answer.json()).isEqualTo(new JsonObject().put("generated_text", " a b c d"));
        assertThat(client.readUntilClosed()).isTrue();
    }

    @Test
    void promptsTimesChoicesInOrder() throws Exception {
        complete("\"prompt\":[\"Hello\",\"What is this\"],\"n\":2,\"max_tokens\":5,\"seed\":1");
        List<GenerationRequest> requests = backend.awaitSubmit();
        assertThat(requests).hasSize(4);
        assertThat(requests.get(1).promptTokens()).isEqualTo(requests.get(0).promptTokens());
        assertThat(requests.get(2).promptTokens()).isNotEqualTo(requests.get(0).promptTokens());
        assertThat(requests.get(0).sampling().seed()).isEqualTo(1);
        assertThat(requests.get(1).sampling().seed()).isNotEqualTo(1);
        assertThat(requests.stream().map(GenerationRequest::ref).distinct()).hasSize(4);
        backend.accept(requests.toArray(new GenerationRequest[0]));
        for (int i = 3; i >= 0; i--) {
            backend.last(
                    requests.get(i), 0, i == 1 ? FinishReason.LENGTH : FinishReason.STOP, harness.ids(" number " + i));
        }
        Answer answer = client.readAnswer();
        assertThat(IntStream.range(0, 4).mapToObj(i -> choice(answer, i).getString("text")))
                .containsExactly(" number 0", " number 1", " number 2", " number 3");
        assertThat(choice(answer, 1).getString("finish_reason")).isEqualTo("length");
        int prompts = requests.get(0).promptTokens().length + requests.get(2).promptTokens().length;
        int outputs = IntStream.range(0, 4)
                .map(i -> harness.ids(" number " + i).length)
                .sum();
        assertUsage(answer, prompts, outputs);
    }

    @Test
    void stopStringCancelsAndHidesWhatFollows() throws Exception {
        complete("\"prompt\":\"Hello\",\"max_tokens\":50,\"stop\":[\"batch\"]");
        GenerationRequest request = backend.awaitOne();
        int[] ids = harness.ids(" the whole batching is batch");
        backend.tokens(request, 0, ids);
        Answer answer = client.readAnswer();
        assertThat(choice(answer, 0).getString("text")).isEqualTo(" the whole ");
        assertThat(choice(answer, 0).getString("finish_reason")).isEqualTo("stop");
        assertThat(backend.awaitCancel()).isEqualTo(request.ref());
        int counted = answer.json().getJsonObject("usage").getInteger("completion_tokens");
        assertThat(counted).isLessThan(ids.length);
        String upToIt = harness.model.tokenizer().decode(java.util.Arrays.copyOf(ids, counted));
        assertThat(upToIt).contains("batch");
        assertThat(harness.model.tokenizer().decode(java.util.Arrays.copyOf(ids, counted - 1)))
                .doesNotContain("batch");
    }

    @Test
    void stopStringInTheLastChunkNeedsNoCancel() throws Exception {
        complete("\"prompt\":\"Hello\",\"max_tokens\":50,\"stop\":\"two\"");
        GenerationRequest request = backend.awaitOne();
        backend.last(request, 0, FinishReason.LENGTH, harness.ids(" one two three"));
        assertThat(choice(client.readAnswer(), 0).getString("finish_reason")).isEqualTo("stop");
    }

    @Test
    void whatALooseStopStringHeldBackIsGivenAtTheEnd() throws Exception {
        complete("\"prompt\":\"Hello\",\"max_tokens\":50,\"stop\":\"one two four\"");
        GenerationRequest request = backend.awaitOne();
        backend.last(request, 0, FinishReason.LENGTH, harness.ids(" one two"));
        Answer answer = client.readAnswer();
        assertThat(choice(answer, 0).getString("text")).isEqualTo(" one two");
        assertThat(choice(answer, 0).getString("finish_reason")).isEqualTo("length");
    }

    @Test
    void echoAloneNeedsNoWorker() throws Exception {
        complete("\"prompt\":\"Hello there\",\"max_tokens\":0,\"echo\":true");
        Answer answer = client.readAnswer();
        assertThat(choice(answer, 0).getString("text")).isEqualTo("Hello there");
        assertThat(answer.json().getJsonObject("usage").getInteger("completion_tokens"))
                .isZero();
    }

    @Test
    void echoWithLogprobsScoresThePrompt() throws Exception {
        complete("\"prompt\":\"Hello there\",\"max_tokens\":2,\"echo\":true,\"logprobs\":1");
        GenerationRequest request = backend.awaitOne();
        assertThat(request.promptLogprobs()).isTrue();
        assertThat(request.topLogprobs()).isEqualTo(1);
        List<TokenLogprobs> prompt = IntStream.of(request.promptTokens())
                .mapToObj(id -> new TokenLogprobs(
                        id, id == request.promptTokens()[0] ? Float.NaN : -1, new int[0], new float[0]))
                .toList();
        int[] out = harness.ids(" a b");
        List<TokenLogprobs> tokens = IntStream.of(out)
                .mapToObj(id -> new TokenLogprobs(id, -0.5f, new int[] {id}, new float[] {-0.5f}))
                .toList();
        backend.logprobs(request, 0, prompt, List.of());
        backend.logprobs(request, 0, List.of(), tokens);
        backend.last(request, out.length, FinishReason.LENGTH);
        Answer answer = client.readAnswer();
        assertThat(choice(answer, 0).getString("text")).isEqualTo("Hello there a b");
        JsonObject logprobs = choice(answer, 0).getJsonObject("logprobs");
        assertThat(logprobs.getJsonArray("tokens")).hasSize(prompt.size() + tokens.size());
        assertThat(logprobs.getJsonArray("token_logprobs").getValue(0)).isNull();
    }

    @Test
    void largeBodiesAreTokenisedElsewhereAndAnsweredAlike() throws Exception {
        complete("\"prompt\":\"" + " the".repeat(300) + "\",\"max_tokens\":3");
        GenerationRequest request = backend.awaitOne();
        assertThat(request.promptTokens().length).isGreaterThan(290);
        backend.last(request, 0, FinishReason.STOP, harness.ids(" ok"));
        assertThat(choice(client.readAnswer(), 0).getString("text")).isEqualTo(" ok");
        complete("\"prompt\":\"" + " the".repeat(3000) + "\",\"max_tokens\":3");
        Answer tooLong = client.readAnswer();
        assertThat(tooLong.status()).isEqualTo(400);
        assertThat(tooLong.error().getString("message")).contains("512");
        assertThat(tooLong.error().getString("code")).isEqualTo("context_length_exceeded");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"prompt\":\"Hello\",\"max_tokens\":-1 | max_tokens",
                "\"prompt\":\"Hello\",\"temperature\":\"warm\" | temperature",
                "\"max_tokens\":1,\"prompt\":{} | prompt",
                "\"prompt\":\"Hello\",\"n\":0 | n"
            })
    void invalidFieldIs400NamingIt(String fields, String param) throws Exception {
        double before = harness.metric(GatewayHarness.requests("client_error"));
        complete(fields);
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(400);
        ServerTest.assertErrorShape(answer);
        assertThat(answer.error().getString("param")).isEqualTo(param);
        assertThat(harness.metric(GatewayHarness.requests("client_error"))).isEqualTo(before + 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "-1", "0", "NaN"})
    void invalidTimeoutHeaderIs400NamingIt(String timeout) throws Exception {
        client.post(
                "/v1/completions", "{\"model\":\"gondola-guide\",\"prompt\":\"x\"}", "X-Request-Timeout: " + timeout);
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error().getString("param")).isEqualToIgnoringCase("X-Request-Timeout");
    }

    @Test
    void aPromptsCachedTokensAreCountedOnceForAllItsChoices() throws Exception {
        client.post(
                "/v1/completions",
                "{\"model\":\"gondola-guide\",\"prompt\":[[5,6,7,8],[9,10]],\"n\":2,\"max_tokens\":1}");
        List<GenerationRequest> requests = backend.awaitSubmit();
        int[] word = harness.ids(" a");
        int[] cached = {1, 3, 0, 9};
        for (int i = 0; i < cached.length; i++) {
            // The last one's is more than its prompt has: an earlier attempt's output was cached as well.
            backend.first(requests.get(i), 0, new AttemptStart(cached[i], 1_000), word);
            backend.last(requests.get(i), word.length, FinishReason.LENGTH);
        }
        Answer answer = client.readAnswer();
        assertUsage(answer, 6, cached.length * word.length);
        assertThat(answer.json().getJsonObject("usage").getJsonObject("prompt_tokens_details"))
                .isEqualTo(new JsonObject().put("cached_tokens", 3 + 2));
    }

    @Test
    void serverTimingSaysWhyItWaited() throws Exception {
        client.post("/v1/completions", "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\"}");
        GenerationRequest request = backend.awaitOne();
        backend.accept(request);
        QueueWait wait = new QueueWait(12_300_000, WaitReason.COLD_START);
        int[] word = harness.ids(" a");
        backend.first(request, 0, new AttemptStart(0, 4_500_000, wait), word);
        backend.last(request, word.length, FinishReason.STOP);
        assertThat(client.readAnswer().header("server-timing"))
                .matches("admission;dur=\\d+\\.\\d, queue;dur=12\\.3;desc=\"cold_start\", prefill;dur=4\\.5, "
                        + "decode;dur=\\d+\\.\\d");
    }

    @Test
    void aRefusalHasServerTimingToo() throws Exception {
        client.post("/v1/completions", "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\"}");
        backend.reject(Rejection.Reason.QUEUE_REQUESTS_FULL, 1, backend.awaitOne());
        assertThat(client.readAnswer().header("server-timing")).matches("admission;dur=\\d+\\.\\d");
    }

    @Test
    void whatEndsInTheQueueSaysWhatItWaitedFor() throws Exception {
        for (Rejection.Reason reason : List.of(Rejection.Reason.DEADLINE, Rejection.Reason.NO_WORKER)) {
            client.post("/v1/completions", "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\"}");
            GenerationRequest request = backend.awaitOne();
            backend.accept(request);
            backend.reject(new Rejection(reason, "", 0, 1_000).afterWait(WaitReason.COLD_START), request);
            assertThat(client.readAnswer().header("server-timing"))
                    .matches("admission;dur=\\d+\\.\\d, queue;dur=\\d+\\.\\d;desc=\"cold_start\"");
        }
    }

    @Test
    void unknownModelIs404() throws Exception {
        String series = "gondola_requests_total{model=\"unknown\",outcome=\"client_error\"}";
        double before = harness.metric(series);
        client.post("/v1/completions", "{\"model\":\"other\",\"prompt\":\"x\"}");
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(404);
        ServerTest.assertErrorShape(answer);
        assertThat(answer.error().getString("code")).isEqualTo("model_not_found");
        assertThat(harness.metric(series)).isEqualTo(before + 1);
    }

    private static JsonObject choice(Answer answer, int index) {
        JsonArray choices = answer.json().getJsonArray("choices");
        assertThat(choices).as(answer.body()).isNotNull();
        JsonObject choice = choices.getJsonObject(index);
        assertThat(choice.getInteger("index")).isEqualTo(index);
        return choice;
    }

    private static void assertUsage(Answer answer, int prompt, int completion) {
        JsonObject usage = answer.json().getJsonObject("usage");
        assertThat(usage.getInteger("prompt_tokens")).isEqualTo(prompt);
        assertThat(usage.getInteger("completion_tokens")).isEqualTo(completion);
        assertThat(usage.getInteger("total_tokens")).isEqualTo(prompt + completion);
    }
}
