package io.gondola.scheduler.inference;

import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceWorker;
import java.util.List;

/** What the core wants done, in this order. */
public sealed interface InferenceEffect {

    /** Send this to a worker. */
    record TellWorker(String workerId, ToInferenceWorker message) implements InferenceEffect {}

    /** Send this to a gateway. */
    record TellGateway(String gatewayId, ToInferenceGateway message) implements InferenceEffect {}

    /** Publish this to every gateway. */
    record TellGateways(ToInferenceGateway message) implements InferenceEffect {}

    /** Publish this to every worker that has a model repository. */
    record TellWorkers(ToInferenceWorker message) implements InferenceEffect {}

    /** A batch left the line for a worker; the message to the worker is an effect of its own. */
    record Departed(String model, long version, String workerId, List<Long> queueNanos, long rows)
            implements InferenceEffect {
        public Departed {
            queueNanos = List.copyOf(queueNanos);
        }
    }

    /** An inference that had been submitted ended here, for good: exactly once each. */
    record Ended(InferenceId id, End end) implements InferenceEffect {}

    /** How an inference ended for the scheduler. */
    enum End {
        /** Its worker said that its batch is done. */
        DONE,
        /** It was refused, at the door or in the line. */
        REFUSED,
        /** It was cancelled while it waited, or before its worker was lost. */
        CANCELLED
    }
}
