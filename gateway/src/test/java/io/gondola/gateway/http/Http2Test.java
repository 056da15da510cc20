package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.limits.GatewayLimitsBuilder;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.TokenLogprobs;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is different with HTTP/2: streams on one connection, each with a flow of its own. */
class Http2Test {

    private interface Scenario {
        void run(GatewayHarness harness, HttpClient client) throws Exception;
    }

    private static void with(UnaryOperator<GatewayLimitsBuilder> limits, Scenario scenario) throws Exception {
        try (GatewayHarness harness = GatewayHarness.startWith(limits)) {
            HttpClient client = harness.vertx.createHttpClient(new HttpClientOptions()
                    .setProtocolVersion(HttpVersion.HTTP_2)
                    .setHttp2ClearTextUpgrade(false));
            try {
                scenario.run(harness, client);
            } finally {
                GatewayHarness.await(client.close());
            }
        }
    }

    private static HttpClientRequest post(GatewayHarness harness, HttpClient client, Buffer body) throws Exception {
        HttpClientRequest request = GatewayHarness.await(
                client.request(HttpMethod.POST, harness.gateway.port(), "127.0.0.1", "/v1/completions"));
        request.putHeader("content-type", "application/json");
        request.end(body);
        return request;
    }

    /** The answer, paused where it arrives, so that nothing of its body is missed before it is asked for. */
    private static HttpClientResponse awaitPaused(HttpClientRequest request) throws Exception {
        return GatewayHarness.await(request.response().map(HttpClientResponse::pause));
    }

    private static String bodyOf(HttpClientResponse paused) throws Exception {
        Future<Buffer> body = paused.body();
        paused.resume();
        return GatewayHarness.await(body).toString();
    }

    private static Buffer body(String fields) {
        return Buffer.buffer(
                "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\",\"stream\":true,\"max_tokens\":400" + fields + "}");
    }

    @Test
    void streamsLikeHttp1() throws Exception {
        with(limits -> limits, (harness, client) -> {
            HttpClientRequest request = post(harness, client, body(""));
            GenerationRequest generation = harness.backend.awaitOne();
            harness.backend.accept(generation);
            HttpClientResponse response = awaitPaused(request);
            assertThat(response.version()).isEqualTo(HttpVersion.HTTP_2);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.getHeader("content-type")).isEqualTo("text/event-stream; charset=utf-8");
            assertThat(response.getHeader("connection")).isNull();
            assertThat(response.getHeader("transfer-encoding")).isNull();
            harness.backend.last(generation, 0, FinishReason.STOP, harness.ids(" over two"));
            List<String> events = RawClient.events(bodyOf(response));
            assertThat(events).hasSize(3).endsWith("[DONE]");
            assertThat(events.get(0)).contains(" over two");
        });
    }

    @Test
    void largeBodyIsRefusedAndTheConnectionServesOn() throws Exception {
        with(limits -> limits.bodyBytesMax(1000), (harness, client) -> {
            HttpClientRequest large = post(harness, client, Buffer.buffer("x".repeat(300_000)));
            HttpClientResponse refused = awaitPaused(large);
            assertThat(refused.statusCode()).isEqualTo(413);
            assertThat(bodyOf(refused)).contains("bodyBytesMax");
            post(harness, client, body(""));
            GenerationRequest generation = harness.backend.awaitOne();
            harness.backend.last(generation, 0, FinishReason.STOP);
        });
    }

    /** The JDK's client asks every cleartext server for HTTP/2, with its first request. */
    @Test
    void largeBodyOfAnUpgradedConnectionIsRefusedLikeAnyOther() throws Exception {
        with(limits -> limits.bodyBytesMax(1000), (harness, unused) -> {
            java.net.http.HttpClient client = java.net.http.HttpClient.newHttpClient();
            for (int bytes : new int[] {3_000_000, 3_000_000, 1_001}) {
                HttpRequest post = HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + harness.gateway.port() + "/generate"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("x".repeat(bytes)))
                        .build();
                HttpResponse<String> answer = client.send(post, HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).isEqualTo(413);
                assertThat(answer.version()).isEqualTo(java.net.http.HttpClient.Version.HTTP_2);
                assertThat(answer.body()).contains("bodyBytesMax");
            }
        });
    }

    @Test
    void readerThatNeverReadsIsCutAndItsConnectionServesOn() throws Exception {
        with(limits -> limits.stallMillis(200), (harness, client) -> {
            HttpClientRequest stalled = post(harness, client, body(",\"logprobs\":5"));
            GenerationRequest generation = harness.backend.awaitOne();
            harness.backend.accept(generation);
            awaitPaused(stalled);
            int word = harness.ids(" the")[0];
            int[] top = IntStream.range(100, 105).toArray();
            TokenLogprobs logprobs = new TokenLogprobs(word, -1, top, new float[5]);
            for (int i = 0; i < 399; i++) {
                harness.backend.frame(
                        generation,
                        new TokenChunk(generation.ref(), i, new int[] {word}, List.of(logprobs), List.of(), null, ""));
            }
            assertThat(harness.backend.awaitCancel()).isEqualTo(generation.ref());
            harness.awaitMetric(GatewayHarness.requests("cancelled"), 1);
            HttpClientRequest next = post(harness, client, body(""));
            GenerationRequest served = harness.backend.awaitOne();
            harness.backend.last(served, 0, FinishReason.STOP, harness.ids(" fine"));
            HttpClientResponse response = GatewayHarness.await(next.response());
            assertThat(response.statusCode()).isEqualTo(200);
        });
    }

    @Test
    void idleConnectionIsClosedAndABusyOneIsNot() throws Exception {
        with(limits -> limits.idleMillis(200), (harness, client) -> {
            Promise<Void> closed = Promise.promise();
            HttpClientRequest waiting =
                    post(harness, client, Buffer.buffer("{\"model\":\"gondola-guide\",\"prompt\":\"Hello\"}"));
            waiting.connection().closeHandler(nothing -> closed.complete());
            GenerationRequest generation = harness.backend.awaitOne();
            harness.backend.accept(generation);
            // Much longer than an idle connection would live.
            Thread.sleep(600);
            assertThat(closed.future().isComplete()).isFalse();
            harness.backend.last(generation, 0, FinishReason.STOP, harness.ids(" late"));
            assertThat(GatewayHarness.await(waiting.response()).statusCode()).isEqualTo(200);
            GatewayHarness.await(closed.future());
        });
    }
}
