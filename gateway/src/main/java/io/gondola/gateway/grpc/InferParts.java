package io.gondola.gateway.grpc;

import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferResponse;
import io.gondola.gateway.http.InferenceRuns;
import io.gondola.gateway.http.RequestParsing;
import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.openai.RequestLimits;
import io.gondola.gateway.tensors.KserveCall;
import io.gondola.gateway.tensors.TensorModels;
import io.gondola.protocol.inference.InferenceResult;
import io.vertx.grpc.common.GrpcMessage;
import java.util.function.LongSupplier;

/**
 * What the inferences of one event loop's gRPC calls share.
 *
 * @param runs takes each to its answer
 */
record InferParts(
        GatewayLimits limits,
        RequestLimits requestLimits,
        RequestParsing parsing,
        InferenceRuns runs,
        TensorModels models,
        LongSupplier nanoClock) {

    /**
     * Reads a message that came at that time; throws {@link io.gondola.gateway.openai.ApiException} for one that fits no
     * model. Also off the event loop.
     */
    KserveCall read(GrpcCall call, GrpcMessage message, long arrivedNanos) {
        ModelInferRequest request = InferMessages.parse(message, limits.bodyBytesMax());
        return read(call, request, arrivedNanos);
    }

    KserveCall read(GrpcCall call, ModelInferRequest request, long arrivedNanos) {
        return InferMessages.toCall(
                request,
                CallHead.of(call)
                        .target(
                                models,
                                requestLimits,
                                request.getModelName(),
                                request.getModelVersion(),
                                arrivedNanos - call.arrivedNanos()));
    }

    /** Throws {@link io.gondola.gateway.openai.ApiException} for outputs that have no such form. */
    ModelInferResponse toResponse(KserveCall request, InferenceResult result) {
        return InferMessages.toResponse(
                request, result, models.isBatched(request.call().model(), result.version()));
    }
}
