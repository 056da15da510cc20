package io.gondola.worker.embedding;

import io.gondola.protocol.inference.Tensor;
import io.gondola.worker.engine.weights.FloatReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The rows of a tensor of floating-point numbers, as floats. */
final class FloatRows {

    private FloatRows() {}

    /** All numbers of one row. */
    static float[] read(Tensor tensor, int row) {
        int bytes = tensor.datatype().bytes();
        int count = (int) (tensor.data().length / bytes / Math.max(1, tensor.rows()));
        ByteBuffer data = ByteBuffer.wrap(tensor.data(), row * count * bytes, count * bytes)
                .order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[count];
        switch (tensor.datatype()) {
            case FP32 -> data.asFloatBuffer().get(values);
            case FP16 -> {
                for (int i = 0; i < count; i++) {
                    values[i] = FloatReader.fromHalf(data.getShort());
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    values[i] = Float.intBitsToFloat(data.getShort() << 16);
                }
            }
            case FP64 -> {
                for (int i = 0; i < count; i++) {
                    values[i] = (float) data.getDouble();
                }
            }
            default -> throw new IllegalArgumentException(tensor + " has no floating-point numbers");
        }
        return values;
    }
}
