package io.gondola.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.worker.engine.simulated.CostModel;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that close their socket, with all of Gondola behind it: one slot, read from {@code /metrics}, that must be free
 * again although the request asked for minutes of work.
 */
class CancellationIT {

    /** A step of 20 ms, and 10 ms for each prompt token of at most 16 in a step. */
    private static final CostModel COSTS = new CostModel(20_000_000, 0, 10_000_000);

    private static final int OUTPUT_TOKENS = 300;

    private static RunningGondola gondola;

    @BeforeAll
    static void start() throws Exception {
        gondola = RunningGondola.withSlowEngine(
                COSTS, SchedulerLimits.defaults().withStep(new SchedulerLimits.Step(8, 16)));
    }

    @AfterAll
    static void stop() {
        gondola.close();
    }

    private static Socket post(boolean stream, int promptWords) throws IOException {
        String body = "{\"model\":\"" + RunningGondola.MODEL + "\",\"prompt\":\"" + " the".repeat(promptWords)
                + "\",\"max_tokens\":" + OUTPUT_TOKENS + ",\"ignore_eos\":true,\"stream\":" + stream + "}";
        Socket socket = new Socket("127.0.0.1", gondola.port());
        socket.setSoTimeout(30_000);
        socket.getOutputStream()
                .write(("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static void awaitSlotFree() throws Exception {
        gondola.awaitMetric("gondola_slots_used", 0);
        gondola.awaitMetric("gondola_kv_tokens_used", 0);
        gondola.awaitMetric("gondola_generations_open", 0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whileQueued(boolean stream) throws Exception {
        try (Socket running = post(true, 4)) {
            gondola.awaitMetric("gondola_slots_used", 1);
            Socket queued = post(stream, 4);
            gondola.awaitMetric("gondola_queue_depth", 1);
            queued.close();
            gondola.awaitMetric("gondola_queue_depth", 0);
            // The one that runs is not touched.
            assertThat(gondola.metric("gondola_slots_used")).isEqualTo(1);
            assertThat(running.getInputStream().read()).isPositive();
        }
        awaitSlotFree();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void inPrefill(boolean stream) throws Exception {
        double decodedBefore = gondola.metric("gondola_decode_tokens_total");
        double prefilledBefore = gondola.metric("gondola_prefill_tokens_total");
        Socket client = post(stream, 200);
        gondola.awaitMetric("gondola_prefill_tokens_total", tokens -> tokens > prefilledBefore);
        client.close();
        awaitSlotFree();
        assertThat(gondola.metric("gondola_prefill_tokens_total") - prefilledBefore)
                .isLessThan(200);
        assertThat(gondola.metric("gondola_decode_tokens_total")).isEqualTo(decodedBefore);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whileDecoding(boolean stream) throws Exception {
        double before = gondola.metric("gondola_output_tokens_total");
        Socket client = post(stream, 4);
        gondola.awaitMetric("gondola_output_tokens_total", tokens -> tokens > before);
        client.close();
        awaitSlotFree();
        assertThat(gondola.metric("gondola_output_tokens_total") - before).isLessThan(OUTPUT_TOKENS);
    }

    @Test
    void theSlotServesTheNextAtOnce() throws Exception {
        Socket leaving = post(true, 4);
        gondola.awaitMetric("gondola_slots_used", 1);
        try (Socket next = post(true, 4)) {
            gondola.awaitMetric("gondola_queue_depth", 1);
            leaving.close();
            gondola.awaitMetric("gondola_queue_depth", 0);
            InputStream in = next.getInputStream();
            StringBuilder seen = new StringBuilder();
            while (!seen.toString().contains("data: ")) {
                int read = in.read();
                assertThat(read).isPositive();
                seen.append((char) read);
            }
        }
        awaitSlotFree();
    }
}
