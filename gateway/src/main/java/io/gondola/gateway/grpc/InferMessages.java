package io.gondola.gateway.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import inference.OpenInferenceGrpc.InferParameter;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferResponse;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.tensors.KserveCall;
import io.gondola.gateway.tensors.KserveInput;
import io.gondola.gateway.tensors.KserveParameters;
import io.gondola.gateway.tensors.KserveTarget;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.Tensor;
import io.vertx.grpc.common.GrpcMessage;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Inferences as messages of the Open Inference Protocol, to and from what {@code /v2} reads and writes as JSON. Outputs come
 * as {@code raw_output_contents}, as Triton gives them, unless {@code binary_data_output} is false.
 */
final class InferMessages {

    private InferMessages() {}

    /** Throws {@link ApiException} for bytes that are no such message. */
    static ModelInferRequest parse(GrpcMessage message, int bytesMax) {
        CodedInputStream in = CodedInputStream.newInstance(MessageBytes.of(message, bytesMax));
        // Tensors are copied when they are read; here they lie in the message's bytes.
        in.enableAliasing(true);
        try {
            return ModelInferRequest.parseFrom(in);
        } catch (IOException malformed) {
            throw ApiException.invalid("message", "the message could not be read: " + malformed.getMessage());
        }
    }

    /** Throws {@link ApiException} for one that does not fit its model. */
    static KserveCall toCall(ModelInferRequest request, KserveTarget target) {
        KserveParameters parameters = parameters("parameters", request.getParametersMap());
        List<Tensor> inputs = inputs(request);
        List<KserveCall.OutputWish> outputs = new ArrayList<>();
        boolean isRaw = parameters.flag("binary_data_output", true);
        for (int i = 0; i < request.getOutputsCount(); i++) {
            ModelInferRequest.InferRequestedOutputTensor output = request.getOutputs(i);
            outputs.add(KserveCall.OutputWish.of(
                    output.getName(), parameters("outputs[" + i + "].parameters", output.getParametersMap()), isRaw));
        }
        return KserveCall.of(
                target, request.getId().isEmpty() ? null : request.getId(), inputs, outputs, parameters, isRaw);
    }

    static List<Tensor> inputs(ModelInferRequest request) {
        int raws = request.getRawInputContentsCount();
        if (raws > 0 && raws != request.getInputsCount()) {
            throw ApiException.invalid(
                    "raw_input_contents",
                    "there are " + raws + " raw_input_contents for " + request.getInputsCount() + " inputs");
        }
        List<Tensor> inputs = new ArrayList<>();
        for (int i = 0; i < request.getInputsCount(); i++) {
            ModelInferRequest.InferInputTensor head = request.getInputs(i);
            String param = "inputs[" + i + "]";
            long[] shape =
                    head.getShapeList().stream().mapToLong(Long::longValue).toArray();
            KserveInput input = KserveInput.of(
                    head.getName(),
                    head.getDatatype(),
                    shape,
                    param,
                    parameters(param + ".parameters", head.getParametersMap()));
            if (raws == 0) {
                inputs.add(TypedContents.read(input, head.getContents()));
            } else if (head.hasContents()) {
                throw ApiException.invalid(
                        param + ".contents",
                        "input '" + head.getName() + "' has contents, and the request has raw_input_contents");
            } else {
                byte[] data = request.getRawInputContents(i).toByteArray();
                inputs.add(input.ofBinary(data, "raw_input_contents[" + i + "]"));
            }
        }
        return inputs;
    }

    private static KserveParameters parameters(String param, Map<String, InferParameter> given) {
        Map<String, Object> values = new HashMap<>();
        given.forEach((name, value) -> values.put(name, valueOf(value)));
        return new KserveParameters(param, values);
    }

    private static Object valueOf(InferParameter parameter) {
        return switch (parameter.getParameterChoiceCase()) {
            case BOOL_PARAM -> parameter.getBoolParam();
            case INT64_PARAM -> parameter.getInt64Param();
            case STRING_PARAM -> parameter.getStringParam();
            case DOUBLE_PARAM -> parameter.getDoubleParam();
            case UINT64_PARAM -> new BigInteger(Long.toUnsignedString(parameter.getUint64Param()));
            // Of no type: wrong for whatever it is.
            case PARAMETERCHOICE_NOT_SET -> parameter;
        };
    }

    /** Throws {@link ApiException} for outputs that cannot be given as they were asked for. */
    static ModelInferResponse toResponse(KserveCall call, InferenceResult result, boolean isBatched) {
        ModelInferResponse.Builder response = ModelInferResponse.newBuilder()
                .setModelName(call.call().model())
                .setModelVersion(Long.toString(result.version()));
        String id = call.id();
        if (id != null) {
            response.setId(id);
        }
        List<Tensor> outputs = call.outputsOf(result, isBatched);
        // The protocol wants all outputs in one form or all in the other.
        boolean isRaw =
                outputs.stream().anyMatch(output -> call.wishFor(output.name()).isBinary());
        for (Tensor output : outputs) {
            ModelInferResponse.InferOutputTensor.Builder head = ModelInferResponse.InferOutputTensor.newBuilder()
                    .setName(output.name())
                    .setDatatype(output.datatype().name());
            for (long dimension : output.shape()) {
                head.addShape(dimension);
            }
            if (isRaw) {
                // Whoever has a tensor's data never changes it.
                response.addRawOutputContents(UnsafeByteOperations.unsafeWrap(output.data()));
            } else {
                head.setContents(TypedContents.write(output));
            }
            response.addOutputs(head);
        }
        return response.build();
    }
}
