package io.gondola.gateway.http;

import io.gondola.gateway.Gateway;
import io.gondola.gateway.GatewayConfig;
import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.limits.GatewayLimitsBuilder;
import io.gondola.gateway.text.ServedModel;
import io.gondola.gateway.text.TestModels;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/** A gateway on a real port, with the demo model's tokenizer and a {@link FakeBackend} behind it. */
final class GatewayHarness implements AutoCloseable {

    static final String MODEL = "gondola-guide";

    final Vertx vertx = Vertx.vertx();
    final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    final AtomicBoolean ready = new AtomicBoolean(true);
    final ServedModel model = TestModels.guide();
    final FakeBackend backend;
    final Gateway gateway;
    private Future<Void> closing;

    private GatewayHarness(UnaryOperator<GatewayConfig> config) throws Exception {
        backend = new FakeBackend(vertx, MODEL);
        GatewayConfig plain = GatewayConfig.defaults()
                .withHost("127.0.0.1")
                .withPort(0)
                .withInstances(2)
                .withLimits(limits().build());
        gateway = await(Gateway.start(vertx, config.apply(plain), List.of(model), ready::get, registry));
    }

    static GatewayHarness start() throws Exception {
        return new GatewayHarness(config -> config);
    }

    static GatewayHarness start(UnaryOperator<GatewayConfig> config) throws Exception {
        return new GatewayHarness(config);
    }

    static GatewayHarness startWith(UnaryOperator<GatewayLimitsBuilder> limits) throws Exception {
        return new GatewayHarness(
                config -> config.withLimits(limits.apply(limits()).build()));
    }

    private static GatewayLimitsBuilder limits() {
        return GatewayLimits.builder().closeGraceMillis(50);
    }

    RawClient connect() throws IOException {
        return new RawClient(gateway.port());
    }

    /** Ids of a text. */
    int[] ids(String text) {
        return model.tokenizer().encode(text, false);
    }

    /** The value of one series in {@code /metrics}; -1 where there is none. */
    double metric(String seriesStart) {
        return registry.scrape()
                .lines()
                .filter(line -> line.startsWith(seriesStart + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .findFirst()
                .orElse(-1);
    }

    /** Waits for a series to have this value. */
    void awaitMetric(String series, double value) throws InterruptedException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(FakeBackend.WAIT_SECONDS);
        while (metric(series) != value) {
            if (System.nanoTime() > endNanos) {
                throw new AssertionError(series + " is " + metric(series) + ", not " + value);
            }
            Thread.sleep(5);
        }
    }

    static String requests(String outcome) {
        return "gondola_requests_total{model=\"" + MODEL + "\",outcome=\"" + outcome + "\"}";
    }

    static final String OPEN = "gondola_generations_open{model=\"" + MODEL + "\"}";

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    /** Begins to close the gateway; {@link #close} awaits its end. */
    Future<Void> beginClose() {
        Future<Void> begun = closing;
        if (begun == null) {
            begun = gateway.close();
            closing = begun;
        }
        return begun;
    }

    @Override
    public void close() throws Exception {
        await(beginClose());
        await(vertx.close());
    }
}
