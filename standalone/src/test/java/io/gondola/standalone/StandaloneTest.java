package io.gondola.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.gateway.GatewayConfig;
import io.gondola.launch.ModelSource;
import io.gondola.launch.StartupException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.simulated.CostModel;
import io.gondola.worker.launch.EngineConfig;
import io.gondola.worker.launch.EngineKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole, with the simulated engine. */
@Timeout(60)
class StandaloneTest {

    private static final Path DEMO = Path.of("..", "models", "gondola-guide");

    private final HttpClient client = HttpClient.newHttpClient();

    private static StandaloneConfig config() {
        return StandaloneConfig.of(List.of(new ModelSource("demo", DEMO)))
                .withEngine(simulated(2))
                .withGateway(GatewayConfig.defaults()
                        .withHost("127.0.0.1")
                        .withPort(0)
                        .withInstances(1));
    }

    private HttpResponse<String> get(Standalone standalone, String path) throws Exception {
        return client.send(HttpRequest.newBuilder(uri(standalone, path)).build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> generate(Standalone standalone, String text, int tokens) throws Exception {
        String body = "{\"text\": \"" + text + "\", \"max_new_tokens\": " + tokens + "}";
        return client.send(
                HttpRequest.newBuilder(uri(standalone, "/generate"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static URI uri(Standalone standalone, String path) {
        return URI.create("http://127.0.0.1:" + standalone.port() + path);
    }

    private static EngineConfig simulated(int slots) {
        return EngineConfig.defaults()
                .withKind(EngineKind.SIMULATED)
                .withOptions(EngineOptions.ofSlots(slots))
                .withSimulatedCosts(CostModel.FREE);
    }

    @Test
    void isLiveWhileItLoadsAndReadyAfterwards() throws Exception {
        try (Standalone standalone = Standalone.open(config())) {
            assertThat(get(standalone, "/health/live").statusCode()).isEqualTo(200);
            assertThat(get(standalone, "/health/ready").statusCode()).isEqualTo(503);
            standalone.load();
            assertThat(get(standalone, "/health/ready").statusCode()).isEqualTo(200);
            HttpResponse<String> answer = generate(standalone, "hello", 12);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("generated_text").doesNotContain("\uFFFD");
            assertThat(generate(standalone, "hello", 12).body())
                    .as("the same again")
                    .isEqualTo(answer.body());
        }
    }

    @Test
    void metricsOfAllRolesAreThereFromTheStart() throws Exception {
        try (Standalone standalone = Standalone.start(config())) {
            Set<String> names = get(standalone, "/metrics")
                    .body()
                    .lines()
                    .filter(line -> line.contains("model=\"demo\""))
                    .map(line -> line.substring(0, line.indexOf('{')))
                    .collect(Collectors.toSet());
            assertThat(names)
                    .contains(
                            "gondola_requests_total",
                            "gondola_time_to_first_token_seconds_count",
                            "gondola_queue_depth",
                            "gondola_slots",
                            "gondola_slots_used",
                            "gondola_kv_tokens_used",
                            "gondola_kv_tokens_capacity",
                            "gondola_queue_wait_seconds_count",
                            "gondola_workers",
                            "gondola_step_seconds_count",
                            "gondola_batch_size_count",
                            "gondola_prefill_tokens_total",
                            "gondola_decode_tokens_total",
                            "gondola_sequences_aboard");
        }
    }

    @Test
    void aTakenPortIsAReasonNotAStart() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            StandaloneConfig config = config().withGateway(config().gateway().withPort(taken.getLocalPort()));
            assertThatThrownBy(() -> Standalone.open(config))
                    .isInstanceOfSatisfying(StartupException.class, failure -> assertThat(failure.kind())
                            .isEqualTo(StartupException.Kind.ENVIRONMENT))
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
        }
    }

    @Test
    void closesOnceAndGivesThePortBack() throws Exception {
        Standalone standalone = Standalone.start(config());
        int port = standalone.port();
        standalone.close();
        standalone.close();
        try (ServerSocket again = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThat(again.isBound()).isTrue();
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("gondola-steps-"));
    }

    @Test
    void servesSeveralModels() throws Exception {
        StandaloneConfig two = new StandaloneConfig(
                List.of(new ModelSource("one", DEMO), new ModelSource("two", DEMO)),
                simulated(1),
                config().gateway(),
                config().scheduler(),
                config().inferences(),
                null);
        try (Standalone standalone = Standalone.start(two)) {
            assertThat(get(standalone, "/v1/models").body()).contains("\"one\"").contains("\"two\"");
        }
    }

    @Test
    void modelsNeedDistinctNames() {
        ModelSource model = new ModelSource("demo", DEMO);
        assertThatThrownBy(() -> StandaloneConfig.of(List.of(model, model)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StandaloneConfig.of(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ModelSource("a b", DEMO)).isInstanceOf(IllegalArgumentException.class);
    }
}
