package io.gondola.scheduler.inference;

import io.gondola.protocol.inference.ToInferenceScheduler;
import java.util.Set;

/** What can happen to the scheduler of inferences. */
public sealed interface InferenceEvent {

    /** A message came. */
    record Received(ToInferenceScheduler message) implements InferenceEvent {}

    /** A gateway's process is gone, and with it all that waited for answers there. */
    record GatewayLost(String nodeId) implements InferenceEvent {}

    /** The workers with a model repository that are there now: their silence is not yet their absence. */
    record WorkersPresent(Set<String> workerIds) implements InferenceEvent {
        public WorkersPresent {
            workerIds = Set.copyOf(workerIds);
        }
    }

    /** Time passed: what was due is due. */
    record TimePassed() implements InferenceEvent {}
}
