package io.gondola.standalone;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import io.gondola.gateway.GatewayConfig;
import io.gondola.launch.ModelSource;
import io.gondola.launch.StartupException;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.simulated.CostModel;
import io.gondola.worker.launch.EngineConfig;
import io.gondola.worker.launch.EngineKind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.DoublePredicate;
import java.util.function.UnaryOperator;

/** All of Gondola in this JVM, on a port of its own, for integration tests: they speak HTTP to it and nothing else. */
final class RunningGondola implements AutoCloseable {

    static final String MODEL = "gondola-guide";

    private static final long WAIT_SECONDS = 30;

    private final Standalone standalone;
    private final HttpClient http = HttpClient.newHttpClient();

    private RunningGondola(StandaloneConfig config) throws StartupException {
        this(Standalone.start(config));
    }

    private RunningGondola(Standalone standalone) {
        this.standalone = standalone;
    }

    private static StandaloneConfig config(int slots) {
        return StandaloneConfig.of(List.of(new ModelSource(MODEL, Path.of("..", "models", MODEL))))
                .withEngine(EngineConfig.defaults().withOptions(EngineOptions.ofSlots(slots)))
                .withGateway(GatewayConfig.defaults().withHost("127.0.0.1").withPort(0));
    }

    /** The real model. */
    static RunningGondola withDemoModel(int slots) throws StartupException {
        return new RunningGondola(config(slots));
    }

    /** The same, with a context of its own length. */
    static RunningGondola withDemoModel(int slots, int contextTokensMax) throws StartupException {
        EngineOptions options = EngineOptions.ofSlots(slots).withContextTokensMax(contextTokensMax);
        return new RunningGondola(
                config(slots).withEngine(EngineConfig.defaults().withOptions(options)));
    }

    /** The simulated engine beside a repository of models that take tensors. */
    static RunningGondola withRepository(Path repository) throws StartupException {
        return withRepository(repository, gateway -> gateway);
    }

    /** The same, with a gateway of its own. */
    static RunningGondola withRepository(Path repository, UnaryOperator<GatewayConfig> gateway)
            throws StartupException {
        StandaloneConfig config = config(1);
        return new RunningGondola(config.withGateway(gateway.apply(config.gateway()))
                .withEngine(EngineConfig.defaults()
                        .withKind(EngineKind.SIMULATED)
                        .withOptions(EngineOptions.ofSlots(1))
                        .withSimulatedCosts(new CostModel(1_000_000, 0, 0)))
                .withModelRepository(repository));
    }

    /** The simulated engine, slow enough for a test to act while it runs. */
    static RunningGondola withSlowEngine(CostModel costs, SchedulerLimits limits) throws StartupException {
        return new RunningGondola(slow(costs, limits));
    }

    private static StandaloneConfig slow(CostModel costs, SchedulerLimits limits) {
        return config(1)
                .withEngine(EngineConfig.defaults()
                        .withKind(EngineKind.SIMULATED)
                        .withOptions(EngineOptions.ofSlots(1))
                        .withSimulatedCosts(costs))
                .withScheduler(limits);
    }

    /** The simulated engine, which no worker has before {@link #load()}. */
    static RunningGondola withoutWorker(SchedulerLimits limits) throws StartupException {
        return new RunningGondola(Standalone.open(slow(new CostModel(1_000_000, 0, 0), limits)));
    }

    void load() throws StartupException {
        standalone.load();
    }

    /** The same, with as many waiting. */
    static RunningGondola withOneSlotAndQueueOf(int requests) throws StartupException {
        SchedulerLimits.Queue queue = SchedulerLimits.defaults().queue();
        return withSlowEngine(
                new CostModel(20_000_000, 0, 0),
                SchedulerLimits.defaults()
                        .withQueue(new SchedulerLimits.Queue(
                                requests,
                                queue.queueTokensMax(),
                                queue.generationsPerSubmitMax(),
                                queue.resubmittedRequestsMax(),
                                queue.resubmittedTokensMax())));
    }

    int port() {
        return standalone.port();
    }

    OpenAIClient sdk() {
        return OpenAIOkHttpClient.builder()
                .baseUrl("http://127.0.0.1:" + port() + "/v1")
                .apiKey("unused")
                .timeout(Duration.ofSeconds(WAIT_SECONDS))
                .maxRetries(0)
                .build();
    }

    /** What a POST of JSON is answered with. */
    HttpResponse<String> post(String path, String json) throws IOException, InterruptedException {
        return post(path, json, "Accept", "application/json");
    }

    /** The same with a header more. */
    HttpResponse<String> post(String path, String json, String header, String value)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Content-Type", "application/json")
                .header(header, value)
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** What {@code /metrics} shows. */
    String metrics() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/metrics"))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    /** One gauge or counter of the model, as {@code /metrics} shows it. */
    double metric(String name) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/metrics"))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        String text = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        String start = name + "{model=\"" + MODEL + "\"} ";
        return text.lines()
                .filter(line -> line.startsWith(start))
                .mapToDouble(line -> Double.parseDouble(line.substring(start.length())))
                .findFirst()
                .orElseThrow(() -> new AssertionError(start + "is not in:\n" + text));
    }

    void awaitMetric(String name, double value) throws Exception {
        awaitMetric(name, current -> current == value);
    }

    void awaitMetric(String name, DoublePredicate condition) throws Exception {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!condition.test(metric(name))) {
            if (System.nanoTime() > endNanos) {
                throw new AssertionError(name + " stays at " + metric(name));
            }
            Thread.sleep(5);
        }
    }

    @Override
    public void close() {
        standalone.close();
    }
}
