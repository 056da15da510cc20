package io.gondola.gateway.tensors;

import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.Tensor;
import java.util.List;

/**
 * A client's call of a model, valid by what the gateway knows of it.
 *
 * @param model the served name
 * @param version asked for, or {@link InferenceRequest#LATEST}
 * @param signature asked for, or empty
 * @param inputs of the model
 * @param outputs asked for; empty for all
 * @param requestClass priority
 * @param tenant the unit of fairness
 * @param tenantWeight how many times the service of a tenant of weight 1 it is to get
 * @param timeoutNanos until its deadline
 * @param queueTimeoutNanos how long it may wait in the queue; 0 says nothing
 */
public record TensorCall(
        String model,
        long version,
        String signature,
        List<Tensor> inputs,
        List<String> outputs,
        RequestClass requestClass,
        String tenant,
        int tenantWeight,
        long timeoutNanos,
        long queueTimeoutNanos) {

    /** The same for the owner of the request's key. */
    public TensorCall forTenant(String owner, int weight) {
        return new TensorCall(
                model,
                version,
                signature,
                inputs,
                outputs,
                requestClass,
                owner,
                weight,
                timeoutNanos,
                queueTimeoutNanos);
    }

    /** The message to the scheduler. */
    public InferenceRequest toRequest(InferenceId id, String gatewayId, long remainingNanos) {
        return new InferenceRequest(
                id,
                gatewayId,
                model,
                version,
                signature,
                inputs,
                outputs,
                tenant,
                tenantWeight,
                requestClass,
                remainingNanos,
                queueTimeoutNanos);
    }
}
