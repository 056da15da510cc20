package io.gondola.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gondola.gateway.GatewayConfig;
import io.gondola.gateway.trace.TraceConfig;
import io.gondola.launch.Launcher;
import io.gondola.launch.ModelSource;
import io.gondola.standalone.KeyFiles;
import io.gondola.standalone.Standalone;
import io.gondola.standalone.StandaloneConfig;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.simulated.CostModel;
import io.gondola.worker.launch.EngineConfig;
import io.gondola.worker.launch.EngineKind;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What really ran over HTTP, recorded, and simulated again: the same requests, and the same tokens. */
class RecordAndReplayTest {

    private static final String MODEL = "demo";
    private static final int REQUESTS = 60;
    private static final int SLOTS = 4;
    private static final long WAIT_SECONDS = 60;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private static String body(int number) {
        return "{\"model\":\"" + MODEL + "\",\"prompt\":\"" + "word ".repeat(1 + number * 7 % 60)
                + "\",\"max_tokens\":" + (1 + number * 13 % 40) + ",\"n\":" + (number % 10 == 0 ? 3 : 1)
                + ",\"user\":\"user"
                + number % 3 + "\"}";
    }

    private static StandaloneConfig config(UnaryOperator<GatewayConfig> gateway) {
        return StandaloneConfig.of(List.of(new ModelSource(MODEL, Path.of("..", "models", "gondola-guide"))))
                .withEngine(EngineConfig.defaults()
                        .withKind(EngineKind.SIMULATED)
                        .withOptions(EngineOptions.ofSlots(SLOTS))
                        .withSimulatedCosts(new CostModel(1_000_000, 0, 0)))
                .withGateway(gateway.apply(
                        GatewayConfig.defaults().withHost("127.0.0.1").withPort(0)));
    }

    /** All at once; gives the bodies of their answers. */
    private static List<String> ask(
            Standalone standalone,
            int requests,
            IntFunction<String> body,
            BiConsumer<Integer, HttpRequest.Builder> more)
            throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + standalone.port() + "/v1/completions"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body.apply(i)));
            more.accept(i, request);
            answers.add(client.sendAsync(request.build(), BodyHandlers.ofString()));
        }
        List<String> bodies = new ArrayList<>();
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
            HttpResponse<String> response = answer.get(WAIT_SECONDS, TimeUnit.SECONDS);
            assertThat(response.statusCode()).as(response::body).isEqualTo(200);
            bodies.add(response.body());
        }
        return bodies;
    }

    private static List<JsonNode> serve(Standalone standalone) throws Exception {
        List<JsonNode> usages = new ArrayList<>();
        for (String answer : ask(
                standalone,
                REQUESTS,
                RecordAndReplayTest::body,
                (i, request) -> request.header("X-Priority", i % 4 == 0 ? "interactive" : "standard"))) {
            usages.add(JSON.readTree(answer).get("usage"));
        }
        return usages;
    }

    @Test
    void aReplayHasTheRequestsAndTheTokensThatReallyRan() throws Exception {
        Path trace = folder.resolve("trace");
        List<JsonNode> usages;
        try (Standalone standalone = Standalone.start(config(gateway -> gateway.withTrace(TraceConfig.of(trace))))) {
            usages = serve(standalone);
        }
        long completionTokens = usages.stream()
                .mapToLong(usage -> usage.get("completion_tokens").asLong())
                .sum();
        int generations = REQUESTS + 2 * REQUESTS / 10;
        for (String how : new String[] {"--seed=1", "--coarse"}) {
            JsonNode runs = simulate(
                    "--trace=" + trace, "--workers=1", "--slots=" + SLOTS, "--step-ms=1", "--compare-workers=3", how);
            assertThat(runs).hasSize(3).allSatisfy(run -> {
                assertThat(run.get("generations").asInt()).isEqualTo(generations);
                assertThat(run.get("complete").asInt()).isEqualTo(generations);
                assertThat(run.get("outputTokens").asLong()).isEqualTo(completionTokens);
                assertThat(run.get("tenants").size()).isEqualTo(3);
                assertThat(run.get("tenants")).isEqualTo(runs.get(0).get("tenants"));
            });
            assertThat(runs.get(1).get("busyWorkersMax").asInt()).isLessThanOrEqualTo(1);
        }
    }

    /** In the replay a token takes a second, so that both owners ask for more than there is until their deadlines. */
    @Test
    void theWeightOfAKeysOwnerHoldsInAReplay() throws Exception {
        int requests = 120;
        Path trace = folder.resolve("trace");
        Path keys = KeyFiles.write(
                folder, KeyFiles.entry("sk-a", "heavy", "weight: 3"), KeyFiles.entry("sk-b", "light", "weight: 1"));
        StandaloneConfig config =
                config(gateway -> gateway.withTrace(TraceConfig.of(trace)).withApiKeys(keys));
        try (Standalone standalone = Standalone.start(config)) {
            ask(
                    standalone,
                    2 * requests,
                    i -> "{\"model\":\"" + MODEL + "\",\"prompt\":\"word\",\"max_tokens\":4}",
                    (i, request) -> request.header("Authorization", i % 2 == 0 ? "Bearer sk-a" : "Bearer sk-b"));
        }
        List<JsonNode> recorded = new ArrayList<>();
        for (String line : Files.readAllLines(trace)) {
            recorded.add(JSON.readTree(line));
        }
        List<String> heavy = recorded.stream()
                .filter(line -> line.path("tenantWeight").asInt() == 3)
                .map(line -> line.get("tenant").asText())
                .toList();
        assertThat(heavy).hasSize(requests).containsOnly(heavy.get(0)).doesNotContain("heavy");
        // The first is what was recorded.
        JsonNode run = simulate("--trace=" + trace, "--workers=1", "--slots=1", "--step-ms=1000", "--seed=1")
                .get(1);
        double heavyTokens = 0;
        double lightTokens = 0;
        for (Iterator<Map.Entry<String, JsonNode>> tenants = run.get("tenants").fields(); tenants.hasNext(); ) {
            Map.Entry<String, JsonNode> tenant = tenants.next();
            double tokens = tenant.getValue().get("outputTokens").asDouble();
            heavyTokens += tenant.getKey().equals(heavy.get(0)) ? tokens : 0;
            lightTokens += tenant.getKey().equals(heavy.get(0)) ? 0 : tokens;
        }
        assertThat(run.get("complete").asInt()).isLessThan(2 * requests);
        assertThat(heavyTokens / lightTokens).as(run::toString).isCloseTo(3, within(0.5));
    }

    private JsonNode simulate(String... options) throws Exception {
        Path json = folder.resolve("runs.json");
        List<String> args = new ArrayList<>(List.of("simulate", "--json", json.toString()));
        args.addAll(List.of(options));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int status = Main.run(args.toArray(String[]::new), Map.of(), new PrintStream(out), new PrintStream(out));
        assertThat(status).as(out::toString).isEqualTo(Launcher.OK);
        return JSON.readTree(json.toFile()).get("runs");
    }
}
