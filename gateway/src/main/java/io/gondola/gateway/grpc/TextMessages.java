package io.gondola.gateway.grpc;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.UnsafeByteOperations;
import inference.OpenInferenceGrpc.InferParameter;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferResponse;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.JsonBody;
import io.gondola.gateway.text.ServedModel;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Tensor;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Text as messages of the Open Inference Protocol, as Triton's backends for language models have it: {@code text_input} in,
 * {@code text_output} out. What is asked for becomes the body of {@code generate_stream}, which says what is wrong with it.
 */
final class TextMessages {

    private static final String TEXT_OUTPUT = "text_output";
    private static final String STREAM = "stream";
    private static final String FINISH_REASON = "finish_reason";

    private TextMessages() {}

    /** A request as {@code generate_stream} has it; {@code stream} stands in it where it was given. */
    static ObjectNode toBody(ModelInferRequest request) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode parameters = body.putObject("parameters");
        request.getParametersMap().forEach((name, value) -> put(parameters, name, value));
        for (Tensor input : InferMessages.inputs(request)) {
            switch (input.name()) {
                case "text_input" -> body.put("text_input", text(input));
                case STREAM, "exclude_input_in_output" -> body.put(input.name(), flag(input));
                case "sampling_parameters" ->
                    JsonBody.parse(text(input).getBytes(StandardCharsets.UTF_8))
                            .properties()
                            .forEach(each -> parameters.set(each.getKey(), toValue(each.getValue())));
                default ->
                    throw ApiException.invalid(
                            input.name(),
                            "unexpected inference input '" + input.name() + "' for model '" + request.getModelName()
                                    + "', which has text_input, stream, exclude_input_in_output, sampling_parameters");
            }
        }
        request.getOutputsList().forEach(output -> {
            if (!output.getName().equals(TEXT_OUTPUT)) {
                throw ApiException.invalid(
                        output.getName(),
                        "unexpected inference output '" + output.getName() + "' for model '" + request.getModelName()
                                + "'");
            }
        });
        return body;
    }

    /** Whether the text is to come as it is made: by default, since that is what the call is for. Taken out of the body. */
    static boolean takeStream(ObjectNode body) {
        JsonNode inTensor = body.remove(STREAM);
        JsonNode inParameters = ((ObjectNode) body.get("parameters")).remove(STREAM);
        JsonNode wanted = inTensor != null ? inTensor : inParameters;
        return wanted == null || !wanted.isBoolean() || wanted.booleanValue();
    }

    private static void put(ObjectNode parameters, String name, InferParameter value) {
        switch (value.getParameterChoiceCase()) {
            case BOOL_PARAM -> parameters.put(name, value.getBoolParam());
            case INT64_PARAM -> parameters.put(name, value.getInt64Param());
            case STRING_PARAM -> parameters.put(name, value.getStringParam());
            case DOUBLE_PARAM -> parameters.put(name, value.getDoubleParam());
            case UINT64_PARAM -> parameters.put(name, value.getUint64Param());
            case PARAMETERCHOICE_NOT_SET -> parameters.putNull(name);
        }
    }

    /** Clients of Triton's vLLM backend write numbers as texts. */
    private static JsonNode toValue(JsonNode value) {
        if (value.isTextual() && value.textValue().matches("-?[0-9]{1,9}(\\.[0-9]{1,17})?")) {
            String number = value.textValue();
            return number.indexOf('.') < 0
                    ? JsonNodeFactory.instance.numberNode(Integer.parseInt(number))
                    : JsonNodeFactory.instance.numberNode(Double.parseDouble(number));
        }
        return value;
    }

    private static String text(Tensor input) {
        requireOne(input, Datatype.BYTES);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(input.strings()[0]))
                    .toString();
        } catch (CharacterCodingException notText) {
            throw ApiException.invalid(input.name(), "input '" + input.name() + "' is no UTF-8 text");
        }
    }

    private static boolean flag(Tensor input) {
        requireOne(input, Datatype.BOOL);
        return input.data()[0] != 0;
    }

    private static void requireOne(Tensor input, Datatype datatype) {
        if (input.datatype() != datatype || input.elements() != 1) {
            throw ApiException.invalid(
                    input.name(), "input '" + input.name() + "' must be one element of type " + datatype);
        }
    }

    /** Text that is new. */
    static ModelInferResponse.Builder toResponse(ModelInferRequest head, String text) {
        Tensor tensor =
                Tensor.ofStrings(TEXT_OUTPUT, new long[] {1}, new byte[][] {text.getBytes(StandardCharsets.UTF_8)});
        return ModelInferResponse.newBuilder()
                .setId(head.getId())
                .setModelName(head.getModelName())
                .setModelVersion(Long.toString(ServedModel.VERSION))
                .addOutputs(ModelInferResponse.InferOutputTensor.newBuilder()
                        .setName(TEXT_OUTPUT)
                        .setDatatype(Datatype.BYTES.name())
                        .addShape(1))
                .addRawOutputContents(UnsafeByteOperations.unsafeWrap(tensor.data()));
    }

    /** The last text, and why it is the last. */
    static ModelInferResponse.Builder toLast(ModelInferRequest head, String text, String finishReason) {
        return toResponse(head, text)
                .putAllParameters(Map.of(
                        FINISH_REASON,
                        InferParameter.newBuilder().setStringParam(finishReason).build()));
    }
}
