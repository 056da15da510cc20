package io.gondola.scheduler.inference;

import io.gondola.protocol.inference.ToInferenceScheduler;

/** What can happen to the scheduler of inferences. */
public sealed interface InferenceEvent {

    /** A message came. */
    record Received(ToInferenceScheduler message) implements InferenceEvent {}

    /** Time passed: what was due is due. */
    record TimePassed() implements InferenceEvent {}
}
