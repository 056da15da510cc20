package io.gondola.gateway.tensors;

import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.ModelStatus;

/**
 * What an inference is for and on whose behalf: all of it that does not stand in its body.
 *
 * @param status the model
 * @param version asked for, or {@link io.gondola.protocol.inference.InferenceRequest#LATEST}
 * @param requestClass priority
 * @param tenant the unit of fairness
 * @param timeoutNanos until its deadline
 */
public record KserveTarget(
        ModelStatus status, long version, RequestClass requestClass, String tenant, long timeoutNanos) {}
