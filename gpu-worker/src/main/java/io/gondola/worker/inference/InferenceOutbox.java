package io.gondola.worker.inference;

import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.InferenceCodec;
import io.vertx.core.eventbus.EventBus;

/** Where the messages of a worker of inferences go. Never blocks; any thread. */
interface InferenceOutbox {

    void toScheduler(ToInferenceScheduler message);

    void toGateway(String gatewayId, ToInferenceGateway message);

    /** Sends them on their way in wire form. */
    static InferenceOutbox on(EventBus bus) {
        return new InferenceOutbox() {
            @Override
            public void toScheduler(ToInferenceScheduler message) {
                bus.send(Addresses.inferenceScheduler(), InferenceCodec.encode(message));
            }

            @Override
            public void toGateway(String gatewayId, ToInferenceGateway message) {
                bus.send(Addresses.inferenceGateway(gatewayId), InferenceCodec.encode(message));
            }
        };
    }
}
