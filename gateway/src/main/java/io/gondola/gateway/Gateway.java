package io.gondola.gateway;

import io.gondola.gateway.text.ServedModel;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.BooleanSupplier;

/** The HTTP server of one process: several event loops behind one port. */
public final class Gateway {

    private Gateway() {}

    /**
     * Starts a gateway.
     *
     * @param models what it serves; at least one, names distinct
     * @param ready whether requests would be answered now: what {@code /health/ready} says
     */
    public static Future<Gateway> start(
            Vertx vertx,
            GatewayConfig config,
            List<ServedModel> models,
            BooleanSupplier ready,
            MeterRegistry registry) {
        return Future.failedFuture(new UnsupportedOperationException());
    }

    /** The port it listens at. */
    public int port() {
        throw new UnsupportedOperationException();
    }

    /** Takes no more requests, lets the open ones end for a while, and closes. */
    public Future<Void> close() {
        throw new UnsupportedOperationException();
    }
}
