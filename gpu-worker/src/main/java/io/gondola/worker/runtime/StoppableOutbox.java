package io.gondola.worker.runtime;

import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import java.util.function.BooleanSupplier;

/** An outbox that falls silent once its worker has said that it leaves: what came after would only be stale. */
record StoppableOutbox(Outbox outbox, BooleanSupplier stopped) implements Outbox {

    @Override
    public void toScheduler(ToScheduler.StepReport report) {
        if (!stopped.getAsBoolean()) {
            outbox.toScheduler(report);
        }
    }

    @Override
    public void toGateway(String gatewayId, ToGateway message) {
        if (!stopped.getAsBoolean()) {
            outbox.toGateway(gatewayId, message);
        }
    }
}
