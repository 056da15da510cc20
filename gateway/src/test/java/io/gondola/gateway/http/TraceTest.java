package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gondola.gateway.trace.TraceConfig;
import io.gondola.launch.StartupException;
import io.gondola.protocol.AttemptStart;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.QueueWait;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.WaitReason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that records a trace: a line for each request, whatever became of it. */
class TraceTest {

    private static final long MILLI = 1_000_000;
    private static final String SECRET = "Tell nobody that the vault's number is 4711, for it is a secret of the house";

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("trace");
    }

    private static String body(String rest) {
        return "{\"model\":\"gondola-guide\",\"prompt\":\"" + SECRET + "\",\"max_tokens\":9,\"user\":\"acme corp\""
                + rest + "}";
    }

    private List<JsonNode> recorded() throws Exception {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file())) {
            lines.add(new ObjectMapper().readTree(line));
        }
        assertThat(lines.get(0).path("format").asText()).isEqualTo("gondola-trace");
        return lines.subList(1, lines.size());
    }

    @Test
    void everyRequestThatReachedTheSchedulerHasALine() throws Exception {
        int promptTokens;
        try (GatewayHarness harness = GatewayHarness.start(config -> config.withTrace(TraceConfig.of(file())));
                RawClient client = harness.connect()) {
            promptTokens = harness.ids(SECRET).length;
            answered(harness, client);
            refused(harness, client);
            twoChoices(harness, client);
            // Wrong, so nothing that anybody could replay.
            client.post("/v1/completions", body(",\"n\":0"));
            assertThat(client.readAnswer().status()).isEqualTo(400);
            gone(harness);
        }
        assertThat(Files.readString(file())).doesNotContain("vault", "4711", "acme");
        List<JsonNode> lines = recorded();
        assertThat(lines)
                .extracting(line -> line.path("outcome").asText())
                .containsExactly("success", "rejected", "success", "cancelled");
        assertThat(lines).allSatisfy(line -> {
            assertThat(line.at("/promptTokens/0").asInt()).isEqualTo(promptTokens);
            assertThat(line.at("/maxTokens/0").asInt()).isEqualTo(9);
            assertThat(line.path("tenant")).isEqualTo(lines.get(0).path("tenant"));
            assertThat(line.path("prefix")).isEqualTo(lines.get(0).path("prefix"));
        });
        JsonNode first = lines.get(0);
        assertThat(first.path("class").asText()).isEqualTo("interactive");
        assertThat(first.path("deadlineMillis").asDouble()).isEqualTo(7_500);
        assertThat(first.path("cachedTokens").asInt()).isEqualTo(4);
        assertThat(first.path("queueMillis").asDouble()).isEqualTo(12);
        assertThat(first.path("waitReason").asText()).isEqualTo("no_kv_room");
        assertThat(first.at("/outputTokens/0").asInt()).isEqualTo(3);
        assertThat(first.path("firstTokenMillis").asDouble())
                .isPositive()
                .isLessThanOrEqualTo(first.path("durationMillis").asDouble());
        assertThat(lines.get(1).has("firstTokenMillis")).isFalse();
        assertThat(lines.get(2).path("choices").asInt()).isEqualTo(2);
        assertThat(lines.get(2).path("outputTokens").toString()).isEqualTo("[1,2]");
        assertThat(lines.get(3).path("outputTokens").toString()).isEqualTo("[1]");
    }

    private static void answered(GatewayHarness harness, RawClient client) throws Exception {
        client.post("/v1/completions", body(""), "X-Priority: interactive", "X-Request-Timeout: 7.5");
        GenerationRequest request = harness.backend.awaitOne();
        harness.backend.accept(request);
        harness.backend.first(
                request, 0, new AttemptStart(4, MILLI, new QueueWait(12 * MILLI, WaitReason.NO_KV_ROOM)), 5);
        harness.backend.last(request, 1, FinishReason.STOP, 6, 7);
        assertThat(client.readAnswer().status()).isEqualTo(200);
    }

    private static void refused(GatewayHarness harness, RawClient client) throws Exception {
        client.post("/v1/completions", body(""));
        harness.backend.reject(Rejection.Reason.QUEUE_REQUESTS_FULL, 1_000, harness.backend.awaitOne());
        assertThat(client.readAnswer().status()).isEqualTo(429);
    }

    private static void twoChoices(GatewayHarness harness, RawClient client) throws Exception {
        client.post("/v1/completions", body(",\"n\":2"));
        List<GenerationRequest> both = harness.backend.awaitSubmit();
        harness.backend.last(both.get(0), 0, FinishReason.LENGTH, 5);
        harness.backend.last(both.get(1), 0, FinishReason.LENGTH, 5, 6);
        assertThat(client.readAnswer().status()).isEqualTo(200);
    }

    private static void gone(GatewayHarness harness) throws Exception {
        try (RawClient leaver = harness.connect()) {
            leaver.post("/v1/completions", body(",\"stream\":true"));
            GenerationRequest request = harness.backend.awaitOne();
            harness.backend.tokens(request, 0, 5);
            assertThat(leaver.readHead().status()).isEqualTo(200);
        }
        harness.backend.awaitCancel();
        harness.awaitMetric(GatewayHarness.requests("cancelled"), 1);
    }

    @Test
    void aFileThatCannotBeWrittenEndsTheStart() {
        assertThatThrownBy(() -> GatewayHarness.start(config -> config.withTrace(TraceConfig.of(folder))))
                .hasRootCauseMessage(folder + " is a directory")
                .cause()
                .isInstanceOf(StartupException.class)
                .hasMessage("the trace (--record-trace): " + folder + " is a directory");
    }
}
