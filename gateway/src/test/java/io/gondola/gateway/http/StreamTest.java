package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.http.RawClient.Head;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.TokenLogprobs;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Streams as a client sees them, byte for byte. */
class StreamTest extends SharedGateway {

    private static final String COMMENT = ": gondola\n\n";

    @Override
    GatewayHarness open() throws Exception {
        return GatewayHarness.startWith(limits -> limits.heartbeatMillis(60_000));
    }

    private GenerationRequest chat(String fields) throws Exception {
        client.post(
                "/v1/chat/completions",
                "{\"model\":\"gondola-guide\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]"
                        + fields + "}");
        return backend.awaitOne();
    }

    @Test
    void chatByteForByte() throws Exception {
        GenerationRequest request = chat(",\"stream_options\":{\"include_usage\":true}");
        backend.accept(request);
        Head head = client.readHead();
        assertThat(head.statusLine()).isEqualTo("HTTP/1.1 200 OK");
        assertThat(head.header("content-type")).isEqualTo("text/event-stream; charset=utf-8");
        assertThat(head.header("cache-control")).isEqualTo("no-cache");
        assertThat(head.header("x-accel-buffering")).isEqualTo("no");
        assertThat(head.header("transfer-encoding")).isEqualTo("chunked");
        assertThat(head.header("content-encoding")).isNull();
        assertThat(head.header("x-request-id")).isNotEmpty();
        String opening = client.readChunk();
        JsonObject first = new JsonObject(RawClient.events(opening).get(0));
        String start = "{\"id\":\"" + first.getString("id") + "\",\"object\":\"chat.completion.chunk\",\"created\":"
                + first.getLong("created") + ",\"model\":\"gondola-guide\",\"system_fingerprint\":\""
                + first.getString("system_fingerprint") + "\",\"choices\":[";
        String choice = start + "{\"index\":0,\"delta\":{";
        String goesOn = "},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}";
        assertThat(opening)
                .isEqualTo(COMMENT + "data: " + choice + "\"role\":\"assistant\",\"content\":\"\",\"refusal\":null"
                        + goesOn + "\n\n");
        int[] hi = harness.ids("Hello there");
        backend.tokens(request, 0, hi);
        assertThat(client.readChunk()).isEqualTo("data: " + choice + "\"content\":\"Hello there\"" + goesOn + "\n\n");
        int[] more = harness.ids(" \"you\"\n");
        backend.last(request, hi.length, FinishReason.STOP, more);
        int total = hi.length + more.length;
        String end = client.readChunk();
        String timing = ": server-timing: admission;dur=";
        assertThat(end.replaceAll(": server-timing: [^\\n]*\\n\\n", ""))
                .isEqualTo("data: " + choice + "\"content\":\" \\\"you\\\"\\n\"" + goesOn + "\n\n" + "data: " + choice
                        + "},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":null}\n\n" + "data: " + start
                        + "],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":" + total + ",\"total_tokens\":"
                        + (3 + total) + ",\"prompt_tokens_details\":{\"cached_tokens\":0}}}\n\n" + "data: [DONE]\n\n");
        assertThat(end.indexOf(timing)).isBetween(1, end.indexOf("data: [DONE]") - 1);
        assertThat(end).contains(", decode;dur=");
        assertThat(client.readChunk()).isEmpty();
        // The connection serves on.
        assertThat(client.get("/health/live").status()).isEqualTo(200);
    }

    @Test
    void nothingIsSentBeforeTheSchedulerAnswers() throws Exception {
        GenerationRequest request = chat("");
        client.socket.setSoTimeout(100);
        assertThat(client.socket.getInputStream().available()).isZero();
        client.socket.setSoTimeout(10_000);
        // A frame that overtakes Accepted opens the stream as well.
        backend.last(request, 0, FinishReason.STOP, harness.ids("Hi"));
        backend.accept(request);
        assertThat(client.readHead().status()).isEqualTo(200);
        List<String> events = client.readEvents();
        assertThat(events).hasSize(4);
        assertThat(events.get(3)).isEqualTo("[DONE]");
    }

    @Test
    void oneWriteForEachFrameWithAllChoicesInIt() throws Exception {
        client.post(
                "/v1/completions",
                "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\",\"n\":3,\"stream\":true,\"max_tokens\":9}");
        List<GenerationRequest> requests = backend.awaitSubmit();
        backend.accept(requests.toArray(new GenerationRequest[0]));
        client.readHead();
        assertThat(client.readChunk()).isEqualTo(COMMENT);
        List<TokenChunk> chunks = new ArrayList<>();
        for (int i = 2; i >= 0; i--) {
            chunks.add(
                    new TokenChunk(requests.get(i).ref(), 0, harness.ids(" word" + i), List.of(), List.of(), null, ""));
        }
        backend.frame(requests.get(0), chunks.toArray(new TokenChunk[0]));
        List<String> events = RawClient.events(client.readChunk());
        assertThat(events).hasSize(3);
        for (int i = 0; i < 3; i++) {
            JsonObject choice =
                    new JsonObject(events.get(i)).getJsonArray("choices").getJsonObject(0);
            assertThat(choice.getInteger("index")).isEqualTo(i);
            assertThat(choice.getString("text")).isEqualTo(" word" + i);
        }
        for (GenerationRequest request : requests) {
            backend.last(request, harness.ids(" word0").length, FinishReason.LENGTH);
        }
        List<String> rest = client.readEvents();
        assertThat(rest).hasSize(4).endsWith("[DONE]");
    }

    @Test
    void halfACharacterWaitsForItsOtherHalf() throws Exception {
        GenerationRequest request = chat("");
        backend.accept(request);
        client.readHead();
        client.readChunk();
        int[] ids = harness.ids("é😀!");
        assertThat(ids.length).isGreaterThan(3);
        for (int i = 0; i < ids.length; i++) {
            backend.tokens(request, i, ids[i]);
        }
        backend.last(request, ids.length, FinishReason.STOP);
        List<String> pieces = pieces(client.readEvents());
        assertThat(pieces).noneMatch(piece -> piece.contains("\uFFFD"));
        assertThat(String.join("", pieces)).isEqualTo("é😀!");
    }

    @Test
    void stopStringOverSeveralChunksIsNeverSeen() throws Exception {
        GenerationRequest request = chat(",\"stop\":[\"three four\"]");
        backend.accept(request);
        client.readHead();
        client.readChunk();
        int[] ids = harness.ids("one two three four five");
        for (int i = 0; i < ids.length; i++) {
            backend.tokens(request, i, ids[i]);
        }
        List<String> events = client.readEvents();
        assertThat(String.join("", pieces(events))).isEqualTo("one two ");
        assertThat(events.get(events.size() - 2)).contains("\"finish_reason\":\"stop\"");
        assertThat(events).endsWith("[DONE]");
        assertThat(backend.awaitCancel()).isEqualTo(request.ref());
    }

    @Test
    void logprobsComeWithTheirText() throws Exception {
        GenerationRequest request = chat(",\"logprobs\":true,\"top_logprobs\":2");
        assertThat(request.topLogprobs()).isEqualTo(2);
        backend.accept(request);
        client.readHead();
        client.readChunk();
        int[] ids = harness.ids(" one two");
        List<TokenLogprobs> tokens = IntStream.of(ids)
                .mapToObj(id -> new TokenLogprobs(id, -0.25f, new int[] {id, 5}, new float[] {-0.25f, -2}))
                .toList();
        backend.logprobs(request, 0, List.of(), tokens);
        backend.last(request, ids.length, FinishReason.STOP);
        JsonObject choice = new JsonObject(client.readEvents().get(0))
                .getJsonArray("choices")
                .getJsonObject(0);
        assertThat(choice.getJsonObject("delta").getString("content")).isEqualTo(" one two");
        assertThat(choice.getJsonObject("logprobs").getJsonArray("content")).hasSize(ids.length);
        assertThat(choice.getJsonObject("logprobs")
                        .getJsonArray("content")
                        .getJsonObject(0)
                        .getJsonArray("top_logprobs"))
                .hasSize(2);
    }

    @Test
    void echoComesFirst() throws Exception {
        client.post(
                "/v1/completions",
                "{\"model\":\"gondola-guide\",\"prompt\":\"Hello there\",\"echo\":true,\"stream\":true,\"max_tokens\":2}");
        GenerationRequest request = backend.awaitOne();
        backend.accept(request);
        backend.last(request, 0, FinishReason.LENGTH, harness.ids(" a b"));
        client.readHead();
        List<String> events = client.readEvents();
        StringBuilder text = new StringBuilder();
        events.stream()
                .filter(event -> event.startsWith("{"))
                .forEach(event -> text.append(new JsonObject(event)
                        .getJsonArray("choices")
                        .getJsonObject(0)
                        .getString("text")));
        assertThat(text.toString()).isEqualTo("Hello there a b");
    }

    @Test
    void errorInARunningStreamIsAnEventAndTheEnd() throws Exception {
        double before = harness.metric(GatewayHarness.requests("error"));
        GenerationRequest request = chat("");
        backend.accept(request);
        client.readHead();
        client.readChunk();
        backend.tokens(request, 0, harness.ids("Hello"));
        client.readChunk();
        backend.chunk(request, harness.ids("Hello").length, new int[0], FinishReason.ERROR, "the device is on fire");
        assertThat(client.readChunk().replaceFirst("^: server-timing: admission;dur=[^\\n]*\\n\\n", ""))
                .isEqualTo("data: {\"error\":{\"message\":\"the device is on fire\",\"type\":\"server_error\","
                        + "\"param\":null,\"code\":\"engine_error\"}}\n\n");
        assertThat(client.readChunk()).isEmpty();
        assertThat(harness.metric(GatewayHarness.requests("error"))).isEqualTo(before + 1);
        assertThat(client.get("/health/live").status()).isEqualTo(200);
    }

    @Test
    void lostWorkerIsOnlyAPause() throws Exception {
        GenerationRequest request = chat(",\"max_tokens\":40");
        backend.accept(request);
        client.readHead();
        client.readChunk();
        int[] ids = harness.ids("one two three four");
        backend.tokens(request, 0, ids[0], ids[1]);
        client.readChunk();
        backend.lose(request);
        GenerationRequest second = backend.awaitOne();
        assertThat(second.ref().id()).isEqualTo(request.ref().id());
        assertThat(second.ref().attempt()).isEqualTo(1);
        assertThat(second.generatedTokens()).containsExactly(ids[0], ids[1]);
        assertThat(second.maxTokens()).isEqualTo(40);
        assertThat(second.sampling()).isEqualTo(request.sampling());
        assertThat(second.timeoutNanos()).isLessThan(request.timeoutNanos()).isPositive();
        backend.accept(second);
        double stale = harness.metric("gondola_stale_chunks_total");
        // The lost attempt speaks once more, and a frame comes twice: neither is seen.
        backend.last(request, 2, FinishReason.STOP, harness.ids(" wrong"));
        backend.tokens(second, 2, ids[2]);
        backend.tokens(second, 2, ids[2]);
        backend.last(
                second,
                2,
                FinishReason.STOP,
                IntStream.range(2, ids.length).map(i -> ids[i]).toArray());
        List<String> events = client.readEvents();
        assertThat(String.join("", pieces(events)))
                .isEqualTo(harness.model
                        .tokenizer()
                        .decode(IntStream.range(2, ids.length).map(i -> ids[i]).toArray()));
        assertThat(events).endsWith("[DONE]");
        assertThat(harness.metric("gondola_stale_chunks_total")).isEqualTo(stale + 1);
    }

    @Test
    void missingFrameIsAnAttemptLost() throws Exception {
        GenerationRequest request = chat(",\"max_tokens\":40");
        backend.accept(request);
        client.readHead();
        client.readChunk();
        int[] ids = harness.ids("one two three");
        backend.tokens(request, 0, ids[0]);
        client.readChunk();
        backend.tokens(request, 2, ids[2]);
        assertThat(backend.awaitCancel()).isEqualTo(request.ref());
        GenerationRequest second = backend.awaitOne();
        assertThat(second.generatedTokens()).containsExactly(ids[0]);
        backend.last(second, 1, FinishReason.STOP, ids[1], ids[2]);
        assertThat(String.join("", pieces(client.readEvents())))
                .isEqualTo(harness.model.tokenizer().decode(new int[] {ids[1], ids[2]}));
    }

    @Test
    void workerThatIsLostAfterTheLastTokenCostsNothing() throws Exception {
        GenerationRequest request = chat(",\"max_tokens\":2");
        backend.accept(request);
        int[] ids = harness.ids("one two");
        backend.tokens(request, 0, ids[0], ids[1]);
        backend.lose(request);
        client.readHead();
        List<String> events = client.readEvents();
        assertThat(events.get(events.size() - 2)).contains("\"finish_reason\":\"length\"");
    }

    @Test
    void heartbeatsWhileItWaits() throws Exception {
        try (GatewayHarness own = GatewayHarness.startWith(limits -> limits.heartbeatMillis(40));
                RawClient reader = own.connect()) {
            reader.post("/v1/completions", "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\",\"stream\":true}");
            GenerationRequest request = own.backend.awaitOne();
            own.backend.accept(request);
            reader.readHead();
            for (int i = 0; i < 4; i++) {
                assertThat(reader.readChunk()).isEqualTo(COMMENT);
            }
            own.backend.last(request, 0, FinishReason.STOP, own.ids(" x"));
            assertThat(reader.readEvents()).endsWith("[DONE]");
        }
    }

    @Test
    void http10StreamsUntilTheConnectionEnds() throws Exception {
        String body = "{\"model\":\"gondola-guide\",\"prompt\":\"Hello\",\"stream\":true}";
        client.send("POST /v1/completions HTTP/1.0\r\nContent-Type: application/json\r\nConnection: keep-alive\r\n"
                + "Content-Length: " + body.length() + "\r\n\r\n" + body);
        GenerationRequest request = backend.awaitOne();
        backend.last(request, 0, FinishReason.STOP, harness.ids(" x"));
        assertThat(client.readHead().status()).isEqualTo(200);
        assertThat(client.readUntilClosed()).isTrue();
    }

    private static List<String> pieces(List<String> events) {
        List<String> pieces = new ArrayList<>();
        for (String event : events) {
            if (event.startsWith("{")) {
                JsonObject choice =
                        new JsonObject(event).getJsonArray("choices").getJsonObject(0);
                String content = choice.getJsonObject("delta").getString("content");
                if (content != null) {
                    pieces.add(content);
                }
            }
        }
        return pieces;
    }
}
