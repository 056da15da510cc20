package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that leaves, in every state of its request and on every kind of connection: one Cancel, at once. */
class CancellationTest {

    enum Stage {
        SUBMITTED,
        QUEUED,
        DECODING
    }

    private static GatewayHarness harness;

    @BeforeAll
    static void start() throws Exception {
        harness = GatewayHarness.start();
    }

    @AfterAll
    static void stop() throws Exception {
        harness.close();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        harness.awaitMetric(GatewayHarness.OPEN, 0);
        harness.backend.assertQuiet();
    }

    private static String body(boolean stream) {
        return "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\",\"max_tokens\":50,\"stream\":" + stream + "}";
    }

    /** Brings a submitted request to a stage. */
    private static void bringTo(Stage stage, GenerationRequest request) {
        if (stage != Stage.SUBMITTED) {
            harness.backend.accept(request);
        }
        if (stage == Stage.DECODING) {
            harness.backend.tokens(request, 0, harness.ids(" one two"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "SUBMITTED, true", "QUEUED, true", "DECODING, true",
        "SUBMITTED, false", "QUEUED, false", "DECODING, false"
    })
    void closedConnectionCancelsOnce(Stage stage, boolean stream) throws Exception {
        double before = harness.metric(GatewayHarness.requests("cancelled"));
        GenerationRequest request;
        try (RawClient client = harness.connect()) {
            client.post("/v1/completions", body(stream));
            request = harness.backend.awaitOne();
            bringTo(stage, request);
            if (stream && stage != Stage.SUBMITTED) {
                assertThat(client.readHead().status()).isEqualTo(200);
            }
        }
        assertThat(harness.backend.awaitCancel()).isEqualTo(request.ref());
        harness.awaitMetric(GatewayHarness.requests("cancelled"), before + 1);
        // What was on its way is ignored, and brings no second Cancel.
        double stale = harness.metric("gondola_stale_chunks_total");
        harness.backend.last(request, 0, FinishReason.CANCELLED);
        harness.awaitMetric("gondola_stale_chunks_total", stale + 1);
    }

    @Test
    void resetConnectionCancels() throws Exception {
        RawClient client = harness.connect();
        client.post("/v1/completions", body(true));
        GenerationRequest request = harness.backend.awaitOne();
        bringTo(Stage.DECODING, request);
        client.socket.setSoLinger(true, 0);
        client.close();
        assertThat(harness.backend.awaitCancel()).isEqualTo(request.ref());
    }

    @Test
    void allChoicesAreCancelled() throws Exception {
        List<GenerationRequest> requests;
        try (RawClient client = harness.connect()) {
            client.post(
                    "/v1/completions",
                    "{\"model\":\"gondola-guide\",\"prompt\":[\"Hello\",\"What\"],\"n\":2,\"max_tokens\":9}");
            requests = harness.backend.awaitSubmit();
            assertThat(requests).hasSize(4);
            harness.backend.accept(requests.toArray(new GenerationRequest[0]));
            // One has ended already: it is not cancelled.
            harness.backend.last(requests.get(2), 0, FinishReason.STOP, harness.ids(" x"));
            harness.awaitMetric(GatewayHarness.OPEN, 3);
        }
        assertThat(List.of(harness.backend.awaitCancel(), harness.backend.awaitCancel(), harness.backend.awaitCancel()))
                .containsExactlyInAnyOrder(
                        requests.get(0).ref(),
                        requests.get(1).ref(),
                        requests.get(3).ref());
    }

    @Test
    void keepAliveConnectionThatIsClosedDuringItsSecondRequest() throws Exception {
        GenerationRequest second;
        try (RawClient client = harness.connect()) {
            client.post("/v1/completions", body(false));
            GenerationRequest first = harness.backend.awaitOne();
            harness.backend.last(first, 0, FinishReason.STOP, harness.ids(" done"));
            assertThat(client.readAnswer().status()).isEqualTo(200);
            client.post("/v1/completions", body(true));
            second = harness.backend.awaitOne();
            harness.backend.accept(second);
        }
        assertThat(harness.backend.awaitCancel()).isEqualTo(second.ref());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 20})
    void pipelinedRequestsBehindAnOpenOneHideNoLeaving(int pipelined) throws Exception {
        GenerationRequest request;
        try (RawClient client = harness.connect()) {
            client.send(
                    RawClient.request("POST", "/v1/completions", body(false)).repeat(pipelined));
            request = harness.backend.awaitOne();
            harness.backend.accept(request);
        }
        assertThat(harness.backend.awaitCancel()).isEqualTo(request.ref());
    }

    @Test
    void clientThatLeavesWhileItsBodyIsRead() throws Exception {
        String series = "gondola_requests_total{model=\"unknown\",outcome=\"cancelled\"}";
        double before = harness.metric(series);
        try (RawClient client = harness.connect()) {
            client.send("POST /generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 100\r\n\r\n{\"text\"");
        }
        harness.awaitMetric(series, before + 1);
    }

    @ParameterizedTest
    @CsvSource({
        "SUBMITTED, true", "QUEUED, true", "DECODING, true",
        "SUBMITTED, false", "QUEUED, false", "DECODING, false"
    })
    void resetHttp2StreamCancelsItAndNoOther(Stage stage, boolean stream) throws Exception {
        HttpClient client = harness.vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
        try {
            HttpClientRequest leaving = newRequest(client, stream);
            GenerationRequest request = harness.backend.awaitOne();
            bringTo(stage, request);
            HttpClientRequest staying = newRequest(client, false);
            GenerationRequest other = harness.backend.awaitOne();
            // Asked for before it comes: what arrives unasked is not kept.
            Future<Buffer> answer = staying.response().compose(response -> response.body());
            leaving.reset(8);
            assertThat(harness.backend.awaitCancel()).isEqualTo(request.ref());
            harness.backend.last(other, 0, FinishReason.STOP, harness.ids(" still here"));
            assertThat(GatewayHarness.await(answer).toString()).contains("still here");
        } finally {
            GatewayHarness.await(client.close());
        }
    }

    private static HttpClientRequest newRequest(HttpClient client, boolean stream) throws Exception {
        HttpClientRequest request = GatewayHarness.await(
                client.request(HttpMethod.POST, harness.gateway.port(), "127.0.0.1", "/v1/completions"));
        request.putHeader("content-type", "application/json");
        request.end(Buffer.buffer(body(stream)));
        return request;
    }

    /** The JDK's client asks every cleartext server for HTTP/2, with its first request. */
    @Test
    void streamOfAnUpgradedConnectionThatIsClosedCancels() throws Exception {
        HttpRequest post = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + harness.gateway.port() + "/v1/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body(true)))
                .build();
        java.net.http.HttpClient client = java.net.http.HttpClient.newHttpClient();
        for (int i = 0; i < 2; i++) {
            CompletableFuture<HttpResponse<InputStream>> answer =
                    client.sendAsync(post, HttpResponse.BodyHandlers.ofInputStream());
            GenerationRequest request = harness.backend.awaitOne();
            bringTo(Stage.DECODING, request);
            HttpResponse<InputStream> response = answer.get(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS);
            assertThat(response.version()).isEqualTo(java.net.http.HttpClient.Version.HTTP_2);
            assertThat(response.body().read()).isEqualTo(':');
            response.body().close();
            assertThat(harness.backend.awaitCancel()).isEqualTo(request.ref());
        }
    }

    @Test
    void closedHttp2ConnectionCancelsAllItsStreams() throws Exception {
        HttpClient client = harness.vertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
        newRequest(client, true);
        GenerationRequest first = harness.backend.awaitOne();
        newRequest(client, false);
        GenerationRequest second = harness.backend.awaitOne();
        GatewayHarness.await(client.close());
        assertThat(List.of(harness.backend.awaitCancel(), harness.backend.awaitCancel()))
                .containsExactlyInAnyOrder(first.ref(), second.ref());
    }
}
