package io.gondola.gateway.grpc;

import io.gondola.gateway.openai.RequestHeaders;
import io.gondola.gateway.openai.RequestLimits;
import io.gondola.gateway.tensors.KserveTarget;
import io.gondola.gateway.tensors.TensorModels;
import java.math.BigDecimal;

/**
 * What the metadata of a call says of its inferences: {@code grpc-timeout}, and as over HTTP {@code x-request-timeout},
 * {@code x-priority} and the key.
 *
 * @param headers as over HTTP
 * @param callTimeoutNanos of the whole call, from its beginning; {@link Long#MAX_VALUE} where the client says nothing
 */
record CallHead(RequestHeaders headers, long callTimeoutNanos) {

    private static final int NANO_DIGITS = 9;

    /** Throws {@link io.gondola.gateway.openai.ApiException} for a timeout that is none. */
    static CallHead of(GrpcCall call) {
        return new CallHead(
                new RequestHeaders(
                        call.headers().get("x-request-timeout"), call.headers().get("x-priority"), call.key()),
                GrpcTimeout.nanosOf(call.headers().get(GrpcTimeout.HEADER)));
    }

    /** The time that a message has which came so long after its call began: what ends first, of call and request. */
    long timeoutNanos(RequestLimits limits, long sinceCallNanos) {
        if (callTimeoutNanos == Long.MAX_VALUE) {
            return headers.timeoutNanos(limits);
        }
        long rest = Math.min(callTimeoutNanos - sinceCallNanos, limits.timeoutNanosMax());
        return headers.requestTimeout() == null ? rest : Math.min(rest, headers.timeoutNanos(limits));
    }

    /** The same as over HTTP, with the time that a message has which came so long after its call began. */
    RequestHeaders headersFor(RequestLimits limits, long sinceCallNanos) {
        long nanos = Math.max(1, timeoutNanos(limits, sinceCallNanos));
        return new RequestHeaders(
                BigDecimal.valueOf(nanos, NANO_DIGITS).toPlainString(), headers.priority(), headers.key());
    }

    /** Throws {@link io.gondola.gateway.openai.ApiException} for a model that there is not. */
    KserveTarget target(TensorModels models, RequestLimits limits, String model, String version, long sinceCallNanos) {
        long number = KserveTarget.version(version);
        return new KserveTarget(models.require(model, number), number, headers, timeoutNanos(limits, sinceCallNanos));
    }
}
