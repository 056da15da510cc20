package io.gondola.worker.inference;

import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceScheduler;

/** Where the messages of a worker of inferences go. Never blocks; any thread. */
interface InferenceOutbox {

    void toScheduler(ToInferenceScheduler message);

    void toGateway(String gatewayId, ToInferenceGateway message);
}
