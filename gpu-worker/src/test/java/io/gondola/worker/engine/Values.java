package io.gondola.worker.engine;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Tensors from Java's values and back. */
public final class Values {

    private Values() {}

    public static Tensor floats(String name, long[] shape, float... values) {
        ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return new Tensor(name, Datatype.FP32, shape, data.array());
    }

    public static Tensor longs(String name, long[] shape, long... values) {
        ByteBuffer data = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asLongBuffer().put(values);
        return new Tensor(name, Datatype.INT64, shape, data.array());
    }

    public static Tensor texts(String name, long[] shape, String... values) {
        return Tensor.ofStrings(
                name,
                shape,
                Arrays.stream(values)
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toArray(byte[][]::new));
    }

    public static float[] floatsOf(Tensor tensor) {
        float[] values = new float[tensor.elements()];
        ByteBuffer.wrap(tensor.data())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }

    public static long[] longsOf(Tensor tensor) {
        long[] values = new long[tensor.elements()];
        ByteBuffer.wrap(tensor.data())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asLongBuffer()
                .get(values);
        return values;
    }

    public static List<String> textsOf(Tensor tensor) {
        return Arrays.stream(tensor.strings())
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .toList();
    }

    /** A tensor as the only part of an input. */
    public static JoinedInput joined(Tensor... parts) {
        long[] shape = parts[0].shape().clone();
        if (shape.length > 0) {
            shape[0] = Arrays.stream(parts).mapToLong(Tensor::rows).sum();
        }
        return new JoinedInput(
                parts[0].name(),
                parts[0].datatype(),
                shape,
                Arrays.stream(parts).map(Tensor::data).toList());
    }
}
