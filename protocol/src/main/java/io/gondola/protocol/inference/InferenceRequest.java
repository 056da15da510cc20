package io.gondola.protocol.inference;

import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.RequestClass;
import java.util.List;

/**
 * A client's tensors on their way to a model.
 *
 * @param id the inference
 * @param gatewayId who gets the result: the name behind
 *     {@link io.gondola.protocol.wire.Addresses#inferenceGateway(String)}
 * @param model the served name of the model
 * @param version of the model; {@link #LATEST} takes the newest that is in service
 * @param signature of the model; empty takes its default
 * @param inputs at least one, names distinct
 * @param outputs names of those wanted; empty for all
 * @param tenant the unit of fairness; {@code ""} for nobody in particular
 * @param tenantWeight how many times the service of a tenant of weight 1 it is to get while both wait; from 1 to
 *     {@link GenerationRequest#TENANT_WEIGHT_MAX}
 * @param requestClass priority
 * @param timeoutNanos what was left until the deadline when this message was sent
 * @param queueTimeoutNanos how long it may wait in the queue, where the model lets requests say; 0 says nothing
 */
public record InferenceRequest(
        InferenceId id,
        String gatewayId,
        String model,
        long version,
        String signature,
        List<Tensor> inputs,
        List<String> outputs,
        String tenant,
        int tenantWeight,
        RequestClass requestClass,
        long timeoutNanos,
        long queueTimeoutNanos) {

    /** The newest version in service. */
    public static final long LATEST = 0;

    /** Inputs of one request, and outputs asked for. */
    public static final int TENSORS_MAX = 1024;

    public InferenceRequest {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        if (inputs.isEmpty() || inputs.size() > TENSORS_MAX || outputs.size() > TENSORS_MAX) {
            throw new IllegalArgumentException(inputs.size() + " inputs and " + outputs.size()
                    + " outputs; expected 1 to " + TENSORS_MAX + " and 0 to " + TENSORS_MAX);
        }
        if (version < 0 || queueTimeoutNanos < 0) {
            throw new IllegalArgumentException("version " + version + ", queueTimeoutNanos " + queueTimeoutNanos);
        }
        GenerationRequest.requireTenantWeight(tenantWeight);
    }

    /** The size of the batch that it carries: the first dimension of its first input. */
    public long rows() {
        return inputs.get(0).rows();
    }

    /** Bytes of all its inputs. */
    public long bytes() {
        long bytes = 0;
        for (Tensor input : inputs) {
            bytes += input.data().length;
        }
        return bytes;
    }

    /** The same with what is left of its time, for a version. */
    public InferenceRequest toVersion(long chosenVersion, long remainingNanos) {
        return new InferenceRequest(
                id,
                gatewayId,
                model,
                chosenVersion,
                signature,
                inputs,
                outputs,
                tenant,
                tenantWeight,
                requestClass,
                remainingNanos,
                queueTimeoutNanos);
    }

    /** Names and shapes only: tensors do not belong into logs. */
    @Override
    public String toString() {
        return "InferenceRequest[" + id + ", model=" + model + ", version=" + version + ", inputs=" + inputs
                + ", class=" + requestClass + "]";
    }
}
