package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.http.RawClient.Answer;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the server answers without a worker: models, health, metrics, and everything that is wrong as HTTP. */
class ServerTest extends SharedGateway {

    private static final int SILENT = 8;

    @Override
    GatewayHarness open() throws Exception {
        return GatewayHarness.startWith(limits -> limits.bodyBytesMax(1000)
                .headerBytesMax(4096)
                .initialLineBytesMax(1024)
                .bodyMillis(150));
    }

    @Test
    void listsModels() throws Exception {
        Answer answer = client.get("/v1/models");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("application/json");
        assertThat(answer.json().getString("object")).isEqualTo("list");
        JsonObject model = answer.json().getJsonArray("data").getJsonObject(0);
        assertThat(model.getString("id")).isEqualTo("gondola-guide");
        assertThat(model.getString("object")).isEqualTo("model");
        assertThat(model.getLong("created")).isPositive();
        assertThat(model.getString("owned_by")).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models/gondola-guide", "/v1/models/gondola%2Dguide", "/v1/models/%67ondola-guide"})
    void namesOneModel(String path) throws Exception {
        Answer answer = client.get(path);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().getString("id")).isEqualTo("gondola-guide");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models/other", "/v1/models/org/model", "/v1/models/org%2Fmodel"})
    void unknownModelIs404(String path) throws Exception {
        Answer answer = client.get(path);
        assertErrorShape(answer);
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.error().getString("code")).isEqualTo("model_not_found");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models/a%zz", "/v1/models/a%2", "/%"})
    void malformedEscapeIs400(String path) throws Exception {
        Answer answer = client.get(path);
        assertThat(answer.status()).isEqualTo(400);
        assertErrorShape(answer);
        assertThat(client.get("/health/live").status()).isEqualTo(200);
    }

    @Test
    void healthAndReadiness() throws Exception {
        assertThat(client.get("/health/live").status()).isEqualTo(200);
        assertThat(client.get("/health/ready").status()).isEqualTo(200);
        harness.ready.set(false);
        try {
            Answer notReady = client.get("/health/ready");
            assertThat(notReady.status()).isEqualTo(503);
            assertThat(notReady.json().getString("reason")).isNotEmpty();
            assertThat(client.get("/health/live").status()).isEqualTo(200);
        } finally {
            harness.ready.set(true);
        }
    }

    @Test
    void metersAreThereAndZeroFromTheStart() throws Exception {
        try (GatewayHarness fresh = GatewayHarness.start();
                RawClient own = fresh.connect()) {
            Answer answer = own.get("/metrics");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("content-type")).startsWith("text/plain; version=0.0.4");
            for (String outcome : List.of("success", "client_error", "rejected", "cancelled", "timeout", "error")) {
                assertThat(answer.body()).contains(GatewayHarness.requests(outcome) + " 0");
            }
            assertThat(answer.body())
                    .contains("gondola_time_to_first_token_seconds_count{model=\"gondola-guide\"} 0")
                    .contains("gondola_inter_token_latency_seconds_count{model=\"gondola-guide\"} 0")
                    .contains("gondola_request_duration_seconds_count{model=\"gondola-guide\"} 0")
                    .contains("gondola_time_to_first_token_seconds_bucket{model=\"gondola-guide\",le=\"0.1\"} 0")
                    .contains("gondola_prompt_tokens_total{model=\"gondola-guide\"} 0")
                    .contains("gondola_output_tokens_total{model=\"gondola-guide\"} 0")
                    .contains("gondola_generations_open{model=\"gondola-guide\"} 0")
                    .contains("gondola_malformed_messages_total{role=\"gateway\"} 0");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/v1", "/v1/chat", "/v1/chat/completions/x", "/nothing", "/health"})
    void unknownPathIs404(String path) throws Exception {
        Answer answer = client.get(path);
        assertThat(answer.status()).isEqualTo(404);
        assertErrorShape(answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/chat/completions", "/v1/completions", "/generate"})
    void wrongMethodIs405(String path) throws Exception {
        Answer get = client.get(path);
        assertThat(get.status()).isEqualTo(405);
        assertThat(get.header("allow")).contains("POST");
        assertErrorShape(get);
        assertThat(client.call("HEAD", path).status()).isEqualTo(405);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/models", "/v1/models/gondola-guide", "/health/live", "/health/ready", "/metrics"})
    void getRoutesKnowHeadAndOptions(String path) throws Exception {
        client.post(path, "{}");
        Answer post = client.readAnswer();
        assertThat(post.status()).isEqualTo(405);
        assertThat(post.header("allow")).contains("GET");
        Answer get = client.get(path);
        Answer head = client.call("HEAD", path);
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("content-length")).isNotNull();
        assertThat(head.header("content-type")).isEqualTo(get.header("content-type"));
        Answer options = client.call("OPTIONS", path);
        assertThat(options.status()).isEqualTo(204);
        assertThat(options.header("allow")).contains("GET").contains("HEAD");
        assertThat(options.header("access-control-allow-origin")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type: text/plain",
                "Content-Type: application/x-www-form-urlencoded",
                "Content-Type: application/json; charset=utf-16",
                "X-None: 1"
            })
    void wrongContentTypeIs415(String header) throws Exception {
        client.send("POST /generate HTTP/1.1\r\nHost: x\r\n" + header + "\r\nContent-Length: 2\r\n\r\n{}");
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(415);
        assertErrorShape(answer);
        // The body was skipped and the connection serves on.
        assertThat(client.get("/health/live").status()).isEqualTo(200);
    }

    @Test
    void compressedBodyIs415() throws Exception {
        client.post("/generate", "{}", "Content-Encoding: gzip");
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(415);
        assertThat(answer.error().getString("message")).contains("gzip");
    }

    @Test
    void announcedLargeBodyIs413AndTheConnectionEnds() throws Exception {
        client.send("POST /generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: 100000\r\n\r\n" + "x".repeat(5000));
        Answer answer = client.readAnswer();
        assertTooLarge(answer);
        assertThat(answer.header("connection")).isEqualTo("close");
        assertThat(client.readUntilClosed()).isTrue();
    }

    @Test
    void absurdContentLengthIsAnError() throws Exception {
        client.send("POST /generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: 99999999999999999999\r\n\r\n");
        assertThat(client.readHead().status()).isIn(400, 413);
        assertThat(client.readUntilClosed()).isTrue();
    }

    @Test
    void chunkedLargeBodyIs413() throws Exception {
        client.send("POST /generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 3; i++) {
            client.send("1f4\r\n" + "x".repeat(500) + "\r\n");
        }
        client.send("0\r\n\r\n");
        assertTooLarge(client.readAnswer());
        assertThat(client.readUntilClosed()).isTrue();
    }

    @Test
    void expectContinueIsAnsweredBeforeTheBody() throws Exception {
        client.send("POST /generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
        assertThat(client.readHead().status()).isEqualTo(100);
        client.send("[1]");
        assertThat(client.readAnswer().status()).isEqualTo(400);
    }

    @Test
    void expectContinueWithLargeBodyIs413AtOnce() throws Exception {
        client.send("POST /generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n");
        assertTooLarge(client.readAnswer());
    }

    @Test
    void slowBodyIs408() throws Exception {
        client.send(
                "POST /generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{");
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(408);
        assertThat(answer.error().getString("message")).contains("bodyMillis");
        assertThat(client.readUntilClosed()).isTrue();
    }

    @Test
    void longRequestLineIs414() throws Exception {
        Answer answer = client.get("/" + "x".repeat(2000));
        assertThat(answer.status()).isEqualTo(414);
        assertErrorShape(answer);
        assertThat(client.readUntilClosed()).isTrue();
    }

    @Test
    void largeHeadIs431() throws Exception {
        Answer answer = client.get("/health/live", "X-Large: " + "x".repeat(5000));
        assertThat(answer.status()).isEqualTo(431);
        assertErrorShape(answer);
        assertThat(client.readUntilClosed()).isTrue();
    }

    @Test
    void garbageIs400() throws Exception {
        client.send("GARBAGE\r\n\r\n");
        assertThat(client.readHead().status()).isEqualTo(400);
        assertThat(client.readUntilClosed()).isTrue();
    }

    @Test
    void requestIdIsEchoedOrMade() throws Exception {
        assertThat(client.get("/health/live", "X-Request-Id: abc-123").header("x-request-id"))
                .isEqualTo("abc-123");
        String made = client.get("/health/live").header("x-request-id");
        assertThat(made).isNotEmpty();
        assertThat(client.get("/none").header("x-request-id")).isNotEmpty().isNotEqualTo(made);
        assertThat(client.get("/none", "X-Request-Id: " + "x".repeat(129)).header("x-request-id"))
                .hasSizeLessThan(129)
                .isNotEmpty();
    }

    @Test
    void brokenJsonIs400AndTheConnectionServesOn() throws Exception {
        client.post("/v1/chat/completions", "{\"model\":");
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(400);
        assertErrorShape(answer);
        client.post("/v1/chat/completions", "");
        assertThat(client.readAnswer().status()).isEqualTo(400);
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        client.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nGET /none HTTP/1.1\r\nHost: x\r\n\r\n"
                + "GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(client.readAnswer().status()).isEqualTo(200);
        assertThat(client.readAnswer().status()).isEqualTo(404);
        assertThat(client.readAnswer().json().getString("object")).isEqualTo("list");
    }

    @Test
    void corsIsForConfiguredOriginsOnly() throws Exception {
        try (GatewayHarness open =
                        GatewayHarness.start(config -> config.withCorsOrigins(List.of("https://page.example")));
                RawClient own = open.connect()) {
            Answer allowed = own.get("/v1/models", "Origin: https://page.example");
            assertThat(allowed.header("access-control-allow-origin")).isEqualTo("https://page.example");
            assertThat(allowed.header("vary")).containsIgnoringCase("origin");
            Answer other = own.get("/v1/models", "Origin: https://other.example");
            assertThat(other.status()).isEqualTo(200);
            assertThat(other.header("access-control-allow-origin")).isNull();
            Answer preflight = own.call(
                    "OPTIONS",
                    "/v1/chat/completions",
                    "Origin: https://page.example",
                    "Access-Control-Request-Method: POST",
                    "Access-Control-Request-Headers: content-type, authorization");
            assertThat(preflight.status()).isEqualTo(204);
            assertThat(preflight.header("access-control-allow-methods")).contains("POST");
            assertThat(preflight.header("access-control-allow-headers")).isEqualTo("content-type, authorization");
        }
    }

    @Test
    void idleConnectionsAreClosedAndTooManyRefused() throws Exception {
        try (GatewayHarness small =
                GatewayHarness.startWith(limits -> limits.idleMillis(150).connectionsMax(1))) {
            try (RawClient first = small.connect();
                    RawClient second = small.connect()) {
                assertThat(first.get("/health/live").status()).isEqualTo(200);
                second.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
                assertThat(second.readUntilClosed()).isTrue();
                assertThat(first.readUntilClosed()).isTrue();
            }
            try (RawClient silent = small.connect()) {
                assertThat(silent.readUntilClosed()).isTrue();
            }
        }
    }

    @Test
    void aLongWaitForAnAnswerIsNotIdleness() throws Exception {
        try (GatewayHarness impatient = GatewayHarness.startWith(limits -> limits.idleMillis(150));
                RawClient waiting = impatient.connect()) {
            waiting.post("/generate", "{\"text\":\"Hello\"}");
            GenerationRequest request = impatient.backend.awaitOne();
            try (RawClient idle = impatient.connect()) {
                // Sent nothing, and is closed twice in the meantime.
                assertThat(idle.readUntilClosed()).isTrue();
            }
            try (RawClient idle = impatient.connect()) {
                assertThat(idle.readUntilClosed()).isTrue();
            }
            impatient.backend.last(request, 0, FinishReason.STOP, impatient.ids(" late"));
            assertThat(waiting.readAnswer().json().getString("generated_text")).isEqualTo(" late");
        }
    }

    @Test
    void closingTheGatewayFreesThePort() throws Exception {
        GatewayHarness own = GatewayHarness.start();
        int port = own.gateway.port();
        own.close();
        try (GatewayHarness next = GatewayHarness.start(config -> config.withPort(port))) {
            assertThat(next.gateway.port()).isEqualTo(port);
        }
    }

    @Test
    void whoConnectedBeforeClosingIsServedAndWhoComesLaterIsRefused() throws Exception {
        List<RawClient> silent = new ArrayList<>();
        try (GatewayHarness closing = GatewayHarness.startWith(
                limits -> limits.closeGraceMillis(TimeUnit.SECONDS.toMillis(FakeBackend.WAIT_SECONDS))
                        .silentMillis(TimeUnit.SECONDS.toMillis(FakeBackend.WAIT_SECONDS)))) {
            try {
                for (int i = 0; i < SILENT; i++) {
                    silent.add(closing.connect());
                }
                try (RawClient last = closing.connect()) {
                    // They are accepted in their order, so all are there when the last one has its answer.
                    assertThat(last.get("/health/live").status()).isEqualTo(200);
                }
                closing.beginClose();
                awaitRefusal(closing);
                for (RawClient client : silent) {
                    Answer answer = client.get("/health/live");
                    assertThat(answer.status()).isEqualTo(200);
                    assertThat(answer.header("connection")).isEqualTo("close");
                }
            } finally {
                for (RawClient client : silent) {
                    client.close();
                }
            }
        }
    }

    /** The grace is longer than anybody waits here, so the gateway could not end if it waited for them. */
    @Test
    void whoStaysSilentDoesNotDelayTheEnd() throws Exception {
        try (GatewayHarness closing = GatewayHarness.startWith(
                limits -> limits.closeGraceMillis(TimeUnit.MINUTES.toMillis(10)).silentMillis(1))) {
            try (RawClient speaking = closing.connect()) {
                assertThat(speaking.get("/health/live").status()).isEqualTo(200);
                try (RawClient silent = closing.connect();
                        RawClient last = closing.connect()) {
                    assertThat(last.get("/health/live").status()).isEqualTo(200);
                    closing.beginClose();
                    assertThat(silent.readUntilClosed()).isTrue();
                }
            }
        }
    }

    @Test
    void aGatewayThatWillCloseSaysSoWithEachAnswer() throws Exception {
        try (GatewayHarness own = GatewayHarness.start();
                RawClient before = own.connect()) {
            assertThat(before.get("/health/ready").header("connection")).isNull();
            own.gateway.announceClose();
            try (RawClient after = own.connect()) {
                for (RawClient client : List.of(before, after)) {
                    Answer answer = client.get("/health/ready");
                    assertThat(answer.status()).isEqualTo(503);
                    assertThat(answer.header("connection")).isEqualTo("close");
                }
            }
        }
    }

    private static void awaitRefusal(GatewayHarness closing) throws IOException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(FakeBackend.WAIT_SECONDS);
        while (System.nanoTime() < endNanos) {
            try {
                closing.connect().close();
            } catch (ConnectException refused) {
                return;
            }
        }
        throw new AssertionError("still accepts connections");
    }

    private static void assertTooLarge(Answer answer) {
        assertThat(answer.status()).isEqualTo(413);
        assertErrorShape(answer);
        assertThat(answer.error().getString("message")).contains("1000").contains("bodyBytesMax");
    }

    static void assertErrorShape(Answer answer) {
        assertThat(answer.header("content-type")).isEqualTo("application/json");
        assertThat(answer.json().fieldNames()).containsExactly("error");
        assertThat(answer.error().fieldNames()).containsExactly("message", "type", "param", "code");
        assertThat(answer.error().getString("message")).isNotEmpty();
        assertThat(answer.error().getString("type")).isNotEmpty();
    }
}
