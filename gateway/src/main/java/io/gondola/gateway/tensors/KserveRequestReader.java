package io.gondola.gateway.tensors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.JsonBody;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.ModelStatus;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads an inference request of the Open Inference Protocol, REST form, with its binary tensor data extension: the JSON is
 * as long as {@code Inference-Header-Content-Length} says, and the data of inputs with a {@code binary_data_size} follows
 * in their order.
 */
public final class KserveRequestReader {

    private final byte[] body;
    private int binaryAt;

    private KserveRequestReader(byte[] body, int binaryAt) {
        this.body = body;
        this.binaryAt = binaryAt;
    }

    /** @param jsonBytes length of the JSON; negative where it is the whole body */
    public static KserveCall read(
            byte[] body,
            int jsonBytes,
            ModelStatus status,
            long version,
            RequestClass requestClass,
            long timeoutNanos) {
        if (jsonBytes > body.length) {
            throw ApiException.invalid(
                    "Inference-Header-Content-Length",
                    "Inference-Header-Content-Length is " + jsonBytes + ", and the body has " + body.length + " bytes");
        }
        int end = jsonBytes < 0 ? body.length : jsonBytes;
        ObjectNode root = JsonBody.parse(end == body.length ? body : Arrays.copyOf(body, end));
        return new KserveRequestReader(body, end).read(root, status, version, requestClass, timeoutNanos);
    }

    private KserveCall read(
            ObjectNode root, ModelStatus status, long version, RequestClass requestClass, long timeoutNanos) {
        JsonNode parameters = parameters(root, "parameters");
        refuseSequences(parameters);
        String signatureName = text(parameters, "signature", "parameters.signature", "");
        Signature signature = status.model().trySignature(signatureName);
        if (signature == null) {
            throw ApiException.invalid("parameters.signature", "unknown signature '" + signatureName + "'");
        }
        List<Tensor> inputs = new ArrayList<>();
        JsonNode list = requireList(root, "inputs");
        for (int i = 0; i < list.size(); i++) {
            inputs.add(input(list.get(i), "inputs[" + i + "]"));
        }
        if (binaryAt != body.length) {
            throw ApiException.invalid("inputs", (body.length - binaryAt) + " bytes of binary data belong to no input");
        }
        boolean binaryByDefault = flag(parameters, "binary_data_output", "parameters.binary_data_output");
        List<KserveCall.OutputWish> wishes = outputs(root, binaryByDefault);
        List<String> names = wishes.stream().map(KserveCall.OutputWish::name).toList();
        if (inputs.isEmpty()) {
            throw ApiException.invalid("inputs", "the request has no inputs");
        }
        SignatureRules.require(inputs, names, status.model(), signature);
        long queueMicros = parameters.path("timeout").asLong(0);
        TensorCall call = new TensorCall(
                status.model().name(),
                version,
                signatureName,
                inputs,
                names,
                requestClass,
                "",
                timeoutNanos,
                TimeUnit.MICROSECONDS.toNanos(Math.max(0, queueMicros)));
        return new KserveCall(call, tryId(root), wishes, binaryByDefault);
    }

    /** What would change the answer and is not there. */
    private static void refuseSequences(JsonNode parameters) {
        for (String key : new String[] {"sequence_id", "sequence_start", "sequence_end"}) {
            if (parameters.has(key)) {
                throw ApiException.invalid("parameters." + key, "sequences are not supported");
            }
        }
    }

    private static @Nullable String tryId(ObjectNode root) {
        JsonNode id = root.get("id");
        if (id == null || id.isNull()) {
            return null;
        }
        if (!id.isTextual()) {
            throw ApiException.invalid("id", "id must be a string");
        }
        return id.textValue();
    }

    private Tensor input(JsonNode node, String param) {
        if (!node.isObject()) {
            throw ApiException.invalid(param, param + " must be an object");
        }
        String name = text(node, "name", param + ".name", null);
        String typeName = text(node, "datatype", param + ".datatype", null);
        Datatype datatype = Datatype.tryOf(typeName);
        if (datatype == null) {
            throw ApiException.invalid(
                    param + ".datatype", "invalid datatype '" + typeName + "' for input '" + name + "'");
        }
        long[] shape = shape(node, name, param);
        JsonNode size = parameters(node, param + ".parameters").get("binary_data_size");
        if (size != null) {
            return binary(name, datatype, shape, size, param);
        }
        JsonNode data = node.get("data");
        if (data == null || !data.isArray()) {
            throw ApiException.invalid(param + ".data", "input '" + name + "' has no data");
        }
        return JsonTensorReader.shaped(name, param + ".data", data, datatype, shape);
    }

    private static long[] shape(JsonNode node, String name, String param) {
        JsonNode list = node.get("shape");
        if (list == null || !list.isArray()) {
            throw ApiException.invalid(param + ".shape", "input '" + name + "' has no shape");
        }
        long[] shape = new long[list.size()];
        for (int i = 0; i < shape.length; i++) {
            JsonNode dimension = list.get(i);
            if (!dimension.isIntegralNumber() || !dimension.canConvertToLong() || dimension.longValue() < 0) {
                throw ApiException.invalid(
                        param + ".shape[" + i + "]", "shape of input '" + name + "' must be of whole numbers from 0");
            }
            shape[i] = dimension.longValue();
        }
        JsonTensorReader.elements(name, param + ".shape", shape);
        return shape;
    }

    private Tensor binary(String name, Datatype datatype, long[] shape, JsonNode size, String param) {
        String sizeParam = param + ".parameters.binary_data_size";
        if (!size.isIntegralNumber() || !size.canConvertToInt() || size.intValue() < 0) {
            throw ApiException.invalid(sizeParam, sizeParam + " must be a whole number from 0");
        }
        int left = body.length - binaryAt;
        if (size.intValue() > left) {
            throw ApiException.invalid(
                    sizeParam,
                    "input '" + name + "' says it has " + size.intValue() + " bytes of binary data, and the body has "
                            + left + " left");
        }
        byte[] data = Arrays.copyOfRange(body, binaryAt, binaryAt + size.intValue());
        binaryAt += size.intValue();
        try {
            return new Tensor(name, datatype, shape, data);
        } catch (IllegalArgumentException wrong) {
            throw ApiException.invalid(sizeParam, "input " + wrong.getMessage());
        }
    }

    private static List<KserveCall.OutputWish> outputs(ObjectNode root, boolean binaryByDefault) {
        JsonNode list = root.get("outputs");
        List<KserveCall.OutputWish> wishes = new ArrayList<>();
        if (list == null || list.isNull()) {
            return wishes;
        }
        if (!list.isArray()) {
            throw ApiException.invalid("outputs", "outputs must be a list");
        }
        for (int i = 0; i < list.size(); i++) {
            String param = "outputs[" + i + "]";
            String name = text(list.get(i), "name", param + ".name", null);
            JsonNode parameters = parameters(list.get(i), param + ".parameters");
            boolean isBinary = parameters.has("binary_data")
                    ? flag(parameters, "binary_data", param + ".parameters.binary_data")
                    : binaryByDefault;
            JsonNode classes = parameters.path("classification");
            if (!classes.isMissingNode() && (!classes.canConvertToInt() || classes.intValue() < 1)) {
                throw ApiException.invalid(
                        param + ".parameters.classification", "classification must be a whole number from 1");
            }
            wishes.add(new KserveCall.OutputWish(name, isBinary, classes.asInt(0)));
        }
        return wishes;
    }

    private static JsonNode requireList(ObjectNode root, String key) {
        JsonNode list = root.get(key);
        if (list == null || !list.isArray()) {
            throw ApiException.invalid(key, "the request has no list of " + key);
        }
        return list;
    }

    private static JsonNode parameters(JsonNode node, String param) {
        JsonNode parameters = node.path("parameters");
        if (!parameters.isMissingNode() && !parameters.isObject()) {
            throw ApiException.invalid(param, param + " must be an object");
        }
        return parameters;
    }

    private static boolean flag(JsonNode node, String key, String param) {
        JsonNode value = node.path(key);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw ApiException.invalid(param, param + " must be true or false");
        }
        return value.booleanValue();
    }

    private static String text(JsonNode node, String key, String param, @Nullable String byDefault) {
        JsonNode value = node.path(key);
        if (value.isMissingNode() && byDefault != null) {
            return byDefault;
        }
        if (!value.isTextual()) {
            throw ApiException.invalid(param, param + " must be a string");
        }
        return value.textValue();
    }
}
