package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.http.RawClient.Answer;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong behind the gateway, as clients see it. */
class FailureTest extends SharedGateway {

    @Override
    GatewayHarness open() throws Exception {
        return GatewayHarness.startWith(
                limits -> limits.acceptTimeoutMillis(700).attemptsMax(3).generationsOpenMax(4));
    }

    private void post(boolean stream, String... headers) throws Exception {
        client.post(
                "/v1/completions",
                "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\",\"max_tokens\":9,\"stream\":" + stream + "}",
                headers);
    }

    @ParameterizedTest
    @CsvSource({
        "QUEUE_REQUESTS_FULL, 1200, 429, requests, rate_limit_exceeded, 2, rejected",
        "QUEUE_TOKENS_FULL, 0, 429, tokens, rate_limit_exceeded, 1, rejected",
        "CANNOT_MAKE_DEADLINE, 2000, 429, requests, rate_limit_exceeded, 2, rejected",
        "TOO_LARGE, 0, 400, invalid_request_error, invalid_value, , client_error",
        "DEADLINE, 0, 504, timeout_error, deadline_exceeded, , timeout",
        "NO_WORKER, 5000, 503, server_error, no_worker, 5, rejected",
        "UNKNOWN_MODEL, 0, 404, invalid_request_error, model_not_found, , client_error"
    })
    void rejectionIsAStatusAlsoForAStream(
            Rejection.Reason reason,
            long retryAfterMillis,
            int status,
            String type,
            String code,
            String retryAfter,
            String outcome)
            throws Exception {
        for (boolean stream : new boolean[] {false, true}) {
            double before = harness.metric(GatewayHarness.requests(outcome));
            post(stream);
            GenerationRequest request = backend.awaitOne();
            backend.reject(reason, retryAfterMillis, request);
            Answer answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(status);
            ServerTest.assertErrorShape(answer);
            assertThat(answer.error().getString("type")).isEqualTo(type);
            assertThat(answer.error().getString("code")).isEqualTo(code);
            assertThat(answer.header("retry-after")).isEqualTo(retryAfter);
            assertThat(harness.metric(GatewayHarness.requests(outcome))).isEqualTo(before + 1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "queueRequestsMax, invalid_value, n, choices",
        "generationsPerSubmitMax, invalid_value, n, choices",
        "tenantRequestsMax, invalid_value, n, choices",
        "batchTokensMax, context_length_exceeded, , queue",
        "queueTokensMax, context_length_exceeded, , queue",
        "contextTokensMax, context_length_exceeded, , worker",
        "kvTokensMax, context_length_exceeded, , worker"
    })
    void tooLargeSaysWhatIsTooLarge(String limitName, String code, String param, String word) throws Exception {
        post(false);
        GenerationRequest request = backend.awaitOne();
        backend.reject(new Rejection(Rejection.Reason.TOO_LARGE, limitName, 5, 0), request);
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(400);
        ServerTest.assertErrorShape(answer);
        assertThat(answer.error().getString("code")).isEqualTo(code);
        assertThat(answer.error().getString("param")).isEqualTo(param);
        assertThat(answer.error().getString("message")).contains(limitName, "5", word);
    }

    @ParameterizedTest
    @CsvSource({
        "QUEUE_REQUESTS_FULL, tenantRequestsMax, 429",
        "QUEUE_TOKENS_FULL, batchTokensMax, 429",
        "CANNOT_MAKE_DEADLINE, timeoutMillis, 429",
        "NO_WORKER, heldRequestsMax, 503"
    })
    void aRefusalNamesTheLimitItsValueAndTheEstimate(Rejection.Reason reason, String limitName, int status)
            throws Exception {
        post(false);
        GenerationRequest request = backend.awaitOne();
        backend.reject(new Rejection(reason, limitName, 77, 4_321, 5_000), request);
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("retry-after")).isEqualTo("5");
        assertThat(answer.error().getString("message")).contains(limitName, "77");
        if (status == 429) {
            assertThat(answer.error().getString("message")).contains("4321 ms");
        }
    }

    @Test
    void aLimitOfTimeIsToldInSeconds() throws Exception {
        post(false);
        GenerationRequest request = backend.awaitOne();
        backend.reject(
                new Rejection(Rejection.Reason.NO_WORKER, "heldNanosMax", TimeUnit.SECONDS.toNanos(300), 0), request);
        Answer answer = client.readAnswer();
        assertThat(answer.error().getString("message")).contains("at most 300 s (heldNanosMax)");
    }

    @Test
    void rejectionOfSeveralGenerationsIsOneAnswerAndNoCancel() throws Exception {
        client.post("/v1/completions", "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\",\"n\":3}");
        List<GenerationRequest> requests = backend.awaitSubmit();
        backend.reject(Rejection.Reason.QUEUE_REQUESTS_FULL, 1, requests.toArray(new GenerationRequest[0]));
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.error().getString("message"))
                .contains("queueRequestsMax")
                .contains("7");
    }

    @Test
    void silentSchedulerIs503() throws Exception {
        post(true);
        GenerationRequest request = backend.awaitOne();
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.error().getString("message")).contains("acceptTimeoutMillis");
        assertThat(answer.header("retry-after")).isEqualTo("1");
        assertThat(backend.awaitCancel()).isEqualTo(request.ref());
    }

    @Test
    void deadlineIs504AndCancels() throws Exception {
        post(false, "X-Request-Timeout: 0.8");
        GenerationRequest request = backend.awaitOne();
        backend.accept(request);
        backend.tokens(request, 0, harness.ids(" one"));
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(504);
        assertThat(answer.error().getString("type")).isEqualTo("timeout_error");
        assertThat(backend.awaitCancel()).isEqualTo(request.ref());
    }

    @Test
    void deadlineInARunningStreamIsAnEvent() throws Exception {
        post(true, "X-Request-Timeout: 0.8");
        GenerationRequest request = backend.awaitOne();
        backend.accept(request);
        assertThat(client.readHead().status()).isEqualTo(200);
        List<String> events = client.readEvents();
        assertThat(events).hasSize(1);
        assertThat(events.get(0)).contains("\"code\":\"deadline_exceeded\"").startsWith("{\"error\":{");
        assertThat(backend.awaitCancel()).isEqualTo(request.ref());
    }

    @Test
    void aStreamThatFailsSaysWhereItsTimeWent() throws Exception {
        post(true);
        GenerationRequest request = backend.awaitOne();
        backend.accept(request);
        assertThat(client.readHead().status()).isEqualTo(200);
        backend.chunk(request, 0, new int[0], FinishReason.ERROR, "broken");
        StringBuilder told = new StringBuilder();
        for (String chunk = client.readChunk(); !chunk.isEmpty(); chunk = client.readChunk()) {
            told.append(chunk);
        }
        assertThat(told.toString())
                .containsPattern(": server-timing: admission;dur=[0-9.]+[^\n]*\n\ndata: \\{\"error\"");
    }

    @Test
    void deadlineThatTheWorkerSees() throws Exception {
        post(false);
        GenerationRequest request = backend.awaitOne();
        backend.last(request, 0, FinishReason.DEADLINE);
        assertThat(client.readAnswer().status()).isEqualTo(504);
    }

    @Test
    void engineErrorIs500WithItsWords() throws Exception {
        post(false);
        GenerationRequest request = backend.awaitOne();
        backend.chunk(request, 0, new int[0], FinishReason.ERROR, "the device is on fire");
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(500);
        ServerTest.assertErrorShape(answer);
        assertThat(answer.error().getString("message")).isEqualTo("the device is on fire");
    }

    @Test
    void errorOfOneChoiceCancelsTheOthers() throws Exception {
        client.post("/v1/completions", "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\",\"n\":2}");
        List<GenerationRequest> requests = backend.awaitSubmit();
        backend.chunk(requests.get(0), 0, new int[0], FinishReason.ERROR, "");
        assertThat(client.readAnswer().status()).isEqualTo(500);
        assertThat(backend.awaitCancel()).isEqualTo(requests.get(1).ref());
    }

    @Test
    void attemptsAreBounded() throws Exception {
        post(false);
        for (int attempt = 0; attempt < 3; attempt++) {
            GenerationRequest request = backend.awaitOne();
            assertThat(request.ref().attempt()).isEqualTo(attempt);
            backend.accept(request);
            backend.lose(request);
        }
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.error().getString("message")).contains("attemptsMax").contains("3");
    }

    @Test
    void generationThatTheWorkerGaveUpIsTriedAgain() throws Exception {
        post(false);
        GenerationRequest first = backend.awaitOne();
        backend.last(first, 0, FinishReason.CANCELLED, harness.ids(" one"));
        GenerationRequest second = backend.awaitOne();
        assertThat(second.generatedTokens()).isEqualTo(harness.ids(" one"));
        backend.last(second, second.generatedTokens().length, FinishReason.STOP, harness.ids(" two"));
        assertThat(client.readAnswer().body()).contains(" one two");
    }

    @Test
    void openGenerationsAreBounded() throws Exception {
        client.post("/v1/completions", "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\",\"n\":5}");
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.error().getString("message")).contains("generationsOpenMax");
        assertThat(answer.header("retry-after")).isEqualTo("1");
    }

    @Test
    void moreTokensThanAskedForAreCut() throws Exception {
        client.post("/v1/completions", "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\",\"max_tokens\":2}");
        GenerationRequest request = backend.awaitOne();
        int[] ids = harness.ids(" one two three four");
        backend.tokens(request, 0, ids);
        Answer answer = client.readAnswer();
        assertThat(answer.json().getJsonObject("usage").getInteger("completion_tokens"))
                .isEqualTo(2);
        assertThat(answer.body()).contains("\"finish_reason\":\"length\"");
        assertThat(backend.awaitCancel()).isEqualTo(request.ref());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 5})
    void malformedMessageIsCountedAndDropped(int bytes) throws Exception {
        String series = "gondola_malformed_messages_total{role=\"gateway\"}";
        double before = harness.metric(series);
        post(false);
        GenerationRequest request = backend.awaitOne();
        backend.raw(request, Buffer.buffer(new byte[bytes]));
        backend.raw(request, "text");
        backend.last(request, 0, FinishReason.STOP, harness.ids(" fine"));
        assertThat(client.readAnswer().status()).isEqualTo(200);
        assertThat(harness.metric(series)).isEqualTo(before + 2);
    }

    @Test
    void closingGatewayEndsWhatIsOpen() throws Exception {
        GatewayHarness own = GatewayHarness.start();
        try (RawClient reader = own.connect()) {
            reader.post("/v1/completions", "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\",\"stream\":true}");
            GenerationRequest request = own.backend.awaitOne();
            own.backend.accept(request);
            reader.readHead();
            Future<Void> closing = own.gateway.close();
            // Told why before the connection goes.
            List<String> events = reader.readEvents();
            assertThat(events).hasSize(1);
            assertThat(events.get(0)).startsWith("{\"error\":");
            GatewayHarness.await(closing);
            assertThat(reader.readUntilClosed()).isTrue();
            assertThat(own.backend.awaitCancel()).isEqualTo(request.ref());
        } finally {
            GatewayHarness.await(own.vertx.close());
        }
    }
}
