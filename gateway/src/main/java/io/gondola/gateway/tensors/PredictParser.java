package io.gondola.gateway.tensors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.JsonBody;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.ModelStatus;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code POST /predict}: {@code {"input": [...], "model"?: "name"}}. The input of a model with one input is its lists; one
 * with several takes an object of them by name.
 */
public final class PredictParser {

    private PredictParser() {}

    public static TensorCall parse(byte[] body, TensorModels models, RequestClass requestClass, long timeoutNanos) {
        ObjectNode root = JsonBody.parse(body);
        root.fieldNames().forEachRemaining(field -> {
            if (!field.equals("input") && !field.equals("model")) {
                throw ApiException.invalid(
                        field, "unknown_parameter", "Unknown parameter: '" + field + "'; expected input and model.");
            }
        });
        JsonNode name = root.get("model");
        if (name != null && !name.isNull() && !name.isTextual()) {
            throw ApiException.invalid("model", "invalid_type", "Invalid type for 'model': expected a string.");
        }
        ModelStatus status = name == null || name.isNull()
                ? models.requireOnly()
                : models.require(name.textValue(), InferenceRequest.LATEST);
        JsonNode input = root.get("input");
        if (input == null || input.isNull()) {
            throw ApiException.invalid("input", "missing_required_parameter", "Missing required parameter: 'input'.");
        }
        Signature signature = status.model().defaultSignature();
        List<Tensor> inputs = inputs(signature, input);
        SignatureRules.require(inputs, List.of(), status.model(), signature);
        return new TensorCall(
                status.model().name(),
                InferenceRequest.LATEST,
                "",
                inputs,
                List.of(),
                requestClass,
                "",
                1,
                timeoutNanos,
                0);
    }

    private static List<Tensor> inputs(Signature signature, JsonNode input) {
        List<Tensor> inputs = new ArrayList<>();
        if (!input.isObject()) {
            if (signature.inputs().size() != 1) {
                throw ApiException.invalid(
                        "input", "The model has several inputs: 'input' must be an object with " + signature.inputs());
            }
            TensorSpec only = signature.inputs().get(0);
            inputs.add(JsonTensorReader.nested(only.name(), "input", input, only.datatype()));
            return inputs;
        }
        input.fields().forEachRemaining(entry -> {
            TensorSpec spec = signature.tryInput(entry.getKey());
            String param = "input." + entry.getKey();
            if (spec == null) {
                throw ApiException.invalid(
                        param, "The model has no input '" + entry.getKey() + "'; it has " + signature.inputs() + ".");
            }
            inputs.add(JsonTensorReader.nested(spec.name(), param, entry.getValue(), spec.datatype()));
        });
        return inputs;
    }
}
