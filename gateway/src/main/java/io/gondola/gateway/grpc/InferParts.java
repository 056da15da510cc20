package io.gondola.gateway.grpc;

import com.fasterxml.jackson.databind.node.ObjectNode;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferResponse;
import io.gondola.gateway.http.InferenceRuns;
import io.gondola.gateway.http.RequestParsing;
import io.gondola.gateway.http.TextRelays;
import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.RequestLimits;
import io.gondola.gateway.openai.ServedModels;
import io.gondola.gateway.openai.TextRequest;
import io.gondola.gateway.openai.TritonGenerateParser;
import io.gondola.gateway.tensors.KserveCall;
import io.gondola.gateway.tensors.KserveTarget;
import io.gondola.gateway.tensors.TensorModels;
import io.gondola.gateway.text.ServedModel;
import io.gondola.protocol.inference.InferenceResult;
import io.vertx.grpc.common.GrpcMessage;
import java.nio.charset.StandardCharsets;
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
        ServedModels texts,
        TextRelays relays,
        LongSupplier nanoClock) {

    /** A name may be both: then it is the one that takes tensors. */
    boolean isText(String model) {
        return texts.has(model) && !models.has(model);
    }

    /**
     * Reads a message that came at that time; throws {@link io.gondola.gateway.openai.ApiException} for one that fits no
     * model. Also off the event loop.
     */
    KserveCall read(GrpcCall call, GrpcMessage message, long arrivedNanos) {
        ModelInferRequest request = InferMessages.parse(message, limits.bodyBytesMax());
        if (isText(request.getModelName())) {
            throw ApiException.invalid(
                    "model_name", "model '" + request.getModelName() + "' generates text: ask it by ModelStreamInfer");
        }
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

    /** Reads a request for text. */
    TextRequest readText(GrpcCall call, ModelInferRequest request, long arrivedNanos) {
        ServedModel model = texts.find(request.getModelName());
        KserveTarget.requireTextVersion(model.name(), KserveTarget.version(request.getModelVersion()));
        ObjectNode body = TextMessages.toBody(request);
        boolean isStream = TextMessages.takeStream(body);
        return new TritonGenerateParser(model, requestLimits, isStream)
                .parse(
                        body.toString().getBytes(StandardCharsets.UTF_8),
                        CallHead.of(call).headersFor(requestLimits, arrivedNanos - call.arrivedNanos()));
    }

    /** Throws {@link io.gondola.gateway.openai.ApiException} for outputs that have no such form. */
    ModelInferResponse toResponse(KserveCall request, InferenceResult result) {
        return InferMessages.toResponse(
                request, result, models.isBatched(request.call().model(), result.version()));
    }
}
