package io.gondola.worker.runtime;

import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.vertx.core.eventbus.EventBus;

/** Puts messages on the event bus in wire form. */
final class EventBusOutbox implements Outbox {

    private final EventBus bus;

    EventBusOutbox(EventBus bus) {
        this.bus = bus;
    }

    @Override
    public void toScheduler(String model, ToScheduler message) {
        bus.send(Addresses.scheduler(model), WireCodec.encode(message));
    }

    @Override
    public void toGateway(String gatewayId, ToGateway message) {
        bus.send(Addresses.gateway(gatewayId), WireCodec.encode(message));
    }
}
