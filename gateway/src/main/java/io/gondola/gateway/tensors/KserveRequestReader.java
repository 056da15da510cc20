package io.gondola.gateway.tensors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.JsonBody;
import io.gondola.protocol.inference.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
    public static KserveCall read(byte[] body, int jsonBytes, KserveTarget target) {
        if (jsonBytes > body.length) {
            throw ApiException.invalid(
                    "Inference-Header-Content-Length",
                    "Inference-Header-Content-Length is " + jsonBytes + ", and the body has " + body.length + " bytes");
        }
        int end = jsonBytes < 0 ? body.length : jsonBytes;
        ObjectNode root = JsonBody.parse(end == body.length ? body : Arrays.copyOf(body, end));
        return new KserveRequestReader(body, end).read(root, target);
    }

    private KserveCall read(ObjectNode root, KserveTarget target) {
        KserveParameters parameters = KserveParameters.of(root, "parameters");
        List<Tensor> inputs = new ArrayList<>();
        JsonNode list = requireList(root, "inputs");
        for (int i = 0; i < list.size(); i++) {
            inputs.add(input(list.get(i), "inputs[" + i + "]"));
        }
        if (binaryAt != body.length) {
            throw ApiException.invalid("inputs", (body.length - binaryAt) + " bytes of binary data belong to no input");
        }
        boolean binaryByDefault = parameters.flag("binary_data_output", false);
        return KserveCall.of(target, tryId(root), inputs, outputs(root, binaryByDefault), parameters, binaryByDefault);
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
        String name = text(node, "name", param);
        KserveParameters parameters = KserveParameters.of(node, param + ".parameters");
        KserveInput input =
                KserveInput.of(name, text(node, "datatype", param), shape(node, name, param), param, parameters);
        if (parameters.has("binary_data_size")) {
            return binary(input, parameters);
        }
        JsonNode data = node.get("data");
        if (data == null || !data.isArray()) {
            throw ApiException.invalid(param + ".data", "input '" + name + "' has no data");
        }
        return JsonTensorReader.shaped(input, data);
    }

    private static long[] shape(JsonNode node, String name, String param) {
        JsonNode list = node.get("shape");
        if (list == null || !list.isArray()) {
            throw ApiException.invalid(param + ".shape", "input '" + name + "' has no shape");
        }
        long[] shape = new long[list.size()];
        for (int i = 0; i < shape.length; i++) {
            JsonNode dimension = list.get(i);
            if (!dimension.isIntegralNumber() || !dimension.canConvertToLong()) {
                throw KserveInput.notWhole(name, param, i);
            }
            shape[i] = dimension.longValue();
        }
        return shape;
    }

    private Tensor binary(KserveInput input, KserveParameters parameters) {
        String sizeParam = parameters.pathOf("binary_data_size");
        int size = (int) parameters.wholeNumber("binary_data_size", 0, Integer.MAX_VALUE, 0);
        int left = body.length - binaryAt;
        if (size > left) {
            throw ApiException.invalid(
                    sizeParam,
                    "input '" + input.name() + "' says it has " + size + " bytes of binary data, and the body has "
                            + left + " left");
        }
        byte[] data = Arrays.copyOfRange(body, binaryAt, binaryAt + size);
        binaryAt += size;
        return input.ofBinary(data, sizeParam);
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
            wishes.add(KserveCall.OutputWish.of(
                    text(list.get(i), "name", param),
                    KserveParameters.of(list.get(i), param + ".parameters"),
                    binaryByDefault));
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

    private static String text(JsonNode node, String key, String param) {
        JsonNode value = node.path(key);
        if (!value.isTextual()) {
            throw ApiException.invalid(param + "." + key, param + "." + key + " must be a string");
        }
        return value.textValue();
    }
}
