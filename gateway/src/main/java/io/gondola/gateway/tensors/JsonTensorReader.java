package io.gondola.gateway.tensors;

import com.fasterxml.jackson.databind.JsonNode;
import io.gondola.gateway.openai.ApiException;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Tensor;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a tensor from lists: nested as its shape is, or flat. What is wrong is a 400 that says where, down to the element.
 */
public final class JsonTensorReader {

    private final String name;
    private final String param;
    private final ElementWriter elements;
    private final List<Long> shape = new ArrayList<>();

    private JsonTensorReader(String name, String param, Datatype datatype) {
        this.name = name;
        this.param = param;
        this.elements = new ElementWriter(datatype, new ByteArrayOutputStream());
    }

    /**
     * A tensor whose shape is that of the lists; one that is no list is a scalar.
     *
     * @param name of the input
     * @param param where it stands in the request
     */
    public static Tensor nested(String name, String param, JsonNode value, Datatype datatype) {
        JsonTensorReader reader = new JsonTensorReader(name, param, datatype);
        reader.findShape(value);
        reader.readNested(value, 0, param);
        long[] shape = reader.shape.stream().mapToLong(Long::longValue).toArray();
        return new Tensor(name, datatype, shape, reader.elements.toBytes());
    }

    /** A tensor of a shape that is known; its elements may come nested or flat, and only their number counts. */
    public static Tensor shaped(KserveInput input, JsonNode value) {
        String dataParam = input.param() + ".data";
        JsonTensorReader reader = new JsonTensorReader(input.name(), dataParam, input.datatype());
        reader.readAll(value, dataParam);
        input.requireElements(reader.elements.count(), dataParam);
        return new Tensor(input.name(), input.datatype(), input.shape(), reader.elements.toBytes());
    }

    static long elements(String name, String param, long[] shape) {
        try {
            return Tensor.elements(name, shape);
        } catch (IllegalArgumentException wrong) {
            throw ApiException.invalid(param, wrong.getMessage() + ".");
        }
    }

    private void findShape(JsonNode value) {
        JsonNode inner = value;
        while (inner.isArray()) {
            if (shape.size() == Tensor.RANK_MAX) {
                throw ApiException.invalid(
                        param, "'" + name + "' is nested deeper than " + Tensor.RANK_MAX + " dimensions.");
            }
            shape.add((long) inner.size());
            if (inner.isEmpty()) {
                return;
            }
            inner = inner.get(0);
        }
    }

    private void readNested(JsonNode value, int depth, String path) {
        if (depth == shape.size()) {
            if (value.isArray()) {
                throw ragged(path, "a list");
            }
            elements.write(value, path);
            return;
        }
        if (!value.isArray()) {
            throw ragged(path, "no list");
        }
        if (value.size() != shape.get(depth)) {
            throw ApiException.invalid(
                    path,
                    "Lists of one depth must have one length: " + path + " has " + value.size() + " elements, "
                            + "where the first of that depth has " + shape.get(depth) + ".");
        }
        for (int i = 0; i < value.size(); i++) {
            readNested(value.get(i), depth + 1, path + "[" + i + "]");
        }
    }

    private ApiException ragged(String path, String found) {
        return ApiException.invalid(
                path, "Lists of one depth must be alike: " + path + " is " + found + ", where the first is otherwise.");
    }

    private void readAll(JsonNode value, String path) {
        if (!value.isArray()) {
            elements.write(value, path);
            return;
        }
        for (int i = 0; i < value.size(); i++) {
            readAll(value.get(i), path + "[" + i + "]");
        }
    }
}
