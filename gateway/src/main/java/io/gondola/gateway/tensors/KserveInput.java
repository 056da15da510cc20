package io.gondola.gateway.tensors;

import io.gondola.gateway.openai.ApiException;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Tensor;
import java.util.Arrays;

/**
 * The head of an input of the Open Inference Protocol, checked: what it is called, of which type and shape.
 *
 * @param name of it
 * @param datatype of its elements
 * @param shape its dimensions
 * @param param where it stands in the request
 */
public record KserveInput(String name, Datatype datatype, long[] shape, String param) {

    private static final String SHARED_MEMORY = "shared_memory_region";

    /** Throws a 400 for a type or a shape that the protocol does not have, and for data that is elsewhere. */
    public static KserveInput of(
            String name, String datatypeName, long[] shape, String param, KserveParameters parameters) {
        if (parameters.has(SHARED_MEMORY)) {
            throw ApiException.invalid(parameters.pathOf(SHARED_MEMORY), "shared memory is not supported");
        }
        Datatype datatype = Datatype.tryOf(datatypeName);
        if (datatype == null) {
            throw ApiException.invalid(
                    param + ".datatype", "invalid datatype '" + datatypeName + "' for input '" + name + "'");
        }
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] < 0) {
                throw notWhole(name, param, i);
            }
        }
        JsonTensorReader.elements(name, param + ".shape", shape);
        return new KserveInput(name, datatype, shape, param);
    }

    static ApiException notWhole(String name, String param, int dimension) {
        return ApiException.invalid(
                param + ".shape[" + dimension + "]", "shape of input '" + name + "' must be of whole numbers from 0");
    }

    /** Throws a 400 unless there are as many as its shape says. */
    public void requireElements(long given, String dataParam) {
        long needed = Tensor.elements(name, shape);
        if (given != needed) {
            throw ApiException.invalid(
                    dataParam,
                    "'" + name + "' of shape " + Arrays.toString(shape) + " needs " + needed
                            + " elements, but its data has " + given + ".");
        }
    }

    /**
     * With its data in the protocol's binary form; a 400 where there are too few bytes or too many.
     *
     * @param dataParam what of the request says how much there is
     */
    public Tensor ofBinary(byte[] data, String dataParam) {
        try {
            return new Tensor(name, datatype, shape, data);
        } catch (IllegalArgumentException wrong) {
            throw ApiException.invalid(dataParam, "input " + wrong.getMessage());
        }
    }
}
