package io.gondola.gateway.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** {@code GET /metrics}: all meters as Prometheus reads them. */
final class MetricsRoute {

    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text";
    private static final String OPEN_METRICS_1 = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final Vertx vertx;
    private final @Nullable PrometheusMeterRegistry registry;

    MetricsRoute(Vertx vertx, MeterRegistry registry) {
        this.vertx = vertx;
        this.registry = find(registry);
    }

    private static @Nullable PrometheusMeterRegistry find(MeterRegistry registry) {
        if (registry instanceof PrometheusMeterRegistry prometheus) {
            return prometheus;
        }
        if (registry instanceof CompositeMeterRegistry composite) {
            for (MeterRegistry part : composite.getRegistries()) {
                PrometheusMeterRegistry found = find(part);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    void handle(Exchange exchange) {
        PrometheusMeterRegistry source = registry;
        if (source == null) {
            exchange.error(ErrorReply.invalid(404, null, "This server keeps no Prometheus metrics."));
            return;
        }
        String accept = exchange.request().getHeader(HttpHeaders.ACCEPT);
        String type = accept != null && accept.contains(OPEN_METRICS) ? OPEN_METRICS_1 : TEXT;
        // Thousands of series take milliseconds to write: not the event loop's. Ordered, so one at a time.
        Future<String> scrape = vertx.executeBlocking(() -> source.scrape(type));
        scrape.onComplete(ended -> {
            String text = ended.result();
            if (text == null) {
                exchange.error(ErrorReply.internal());
            } else {
                exchange.send(200, type, text.getBytes(StandardCharsets.UTF_8));
            }
        });
    }
}
