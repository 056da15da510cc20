package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.TokenLogprobs;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Clients that read slowly, or not at all, over real sockets. */
class BackPressureTest {

    private static final int RECEIVE_BYTES = 4096;
    private static final int TOKENS = 400;
    /** Log probabilities make a token a few kilobytes of JSON, so that a short output fills every buffer. */
    private static final String BODY =
            "{\"model\":\"gondola-guide\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],"
                    + "\"stream\":true,\"max_tokens\":" + TOKENS + ",\"logprobs\":true,\"top_logprobs\":20}";

    private static List<TokenLogprobs> logprobs(int token) {
        int[] top = IntStream.range(100, 120).toArray();
        return Collections.singletonList(new TokenLogprobs(token, -1, top, new float[20]));
    }

    private static void sendToken(GatewayHarness harness, GenerationRequest request, int offset, int token) {
        harness.backend.frame(
                request,
                new TokenChunk(request.ref(), offset, new int[] {token}, logprobs(token), List.of(), null, ""));
    }

    @Test
    void slowReaderGetsAllInFewerPiecesAndSlowsNobody() throws Exception {
        try (GatewayHarness harness = GatewayHarness.start(config -> config.withInstances(1)
                        .withLimits(io.gondola.gateway.limits.GatewayLimits.builder()
                                .socketSendBytes(8 * 1024)
                                .writeQueueBytesMax(16 * 1024)
                                .closeGraceMillis(50)
                                .build()));
                RawClient slow = new RawClient(harness.gateway.port(), RECEIVE_BYTES);
                RawClient fast = harness.connect()) {
            slow.post("/v1/chat/completions", BODY);
            GenerationRequest slowRequest = harness.backend.awaitOne();
            harness.backend.accept(slowRequest);
            fast.post("/v1/chat/completions", BODY.replace(",\"logprobs\":true,\"top_logprobs\":20", ""));
            GenerationRequest fastRequest = harness.backend.awaitOne();
            harness.backend.accept(fastRequest);
            fast.readHead();
            fast.readChunk();
            int word = harness.ids(" the")[0];
            for (int i = 0; i < TOKENS; i++) {
                sendToken(harness, slowRequest, i, word);
                harness.backend.tokens(fastRequest, i, word);
                // The other stream goes on, token by token, while nobody reads this one.
                assertThat(RawClient.events(fast.readChunk())).hasSize(1);
            }
            harness.backend.last(slowRequest, TOKENS, FinishReason.LENGTH);
            harness.backend.last(fastRequest, TOKENS, FinishReason.LENGTH);
            assertThat(fast.readEvents()).endsWith("[DONE]");
            slow.readHead();
            List<String> events = slow.readEvents();
            StringBuilder text = new StringBuilder();
            int logprobs = 0;
            for (String event : events.subList(0, events.size() - 1)) {
                JsonObject choice =
                        new JsonObject(event).getJsonArray("choices").getJsonObject(0);
                text.append(choice.getJsonObject("delta").getString("content", ""));
                JsonObject scores = choice.getJsonObject("logprobs");
                logprobs += scores == null ? 0 : scores.getJsonArray("content").size();
            }
            assertThat(text.toString()).isEqualTo(" the".repeat(TOKENS));
            assertThat(logprobs).isEqualTo(TOKENS);
            // What waited came as one piece.
            assertThat(events.size()).isLessThan(TOKENS / 2);
            assertThat(events).endsWith("[DONE]");
            harness.backend.assertQuiet();
        }
    }

    @Test
    void readerThatNeverReadsIsCutAndItsSlotFreed() throws Exception {
        try (GatewayHarness harness = GatewayHarness.startWith(limits ->
                        limits.stallMillis(200).socketSendBytes(8 * 1024).writeQueueBytesMax(16 * 1024));
                RawClient stalled = new RawClient(harness.gateway.port(), RECEIVE_BYTES)) {
            stalled.post("/v1/chat/completions", BODY);
            GenerationRequest request = harness.backend.awaitOne();
            harness.backend.accept(request);
            for (int i = 0; i < TOKENS / 2; i++) {
                sendToken(harness, request, i, harness.ids(" the")[0]);
            }
            assertThat(harness.backend.awaitCancel()).isEqualTo(request.ref());
            harness.awaitMetric(GatewayHarness.OPEN, 0);
            harness.awaitMetric(GatewayHarness.requests("cancelled"), 1);
            harness.backend.assertQuiet();
        }
    }

    @Test
    void readerThatDoesNotReadTheEndIsCutAtItsDeadline() throws Exception {
        try (GatewayHarness harness = GatewayHarness.startWith(
                        limits -> limits.socketSendBytes(8 * 1024).writeQueueBytesMax(16 * 1024));
                RawClient stalled = new RawClient(harness.gateway.port(), RECEIVE_BYTES)) {
            stalled.post("/v1/chat/completions", BODY, "X-Request-Timeout: 1");
            GenerationRequest request = harness.backend.awaitOne();
            harness.backend.accept(request);
            for (int i = 0; i < TOKENS; i++) {
                sendToken(harness, request, i, harness.ids(" the")[0]);
            }
            harness.backend.last(request, TOKENS, FinishReason.LENGTH);
            harness.awaitMetric(GatewayHarness.requests("cancelled"), 1);
            harness.awaitMetric(GatewayHarness.OPEN, 0);
            // All was computed: nothing to cancel.
            harness.backend.assertQuiet();
        }
    }
}
