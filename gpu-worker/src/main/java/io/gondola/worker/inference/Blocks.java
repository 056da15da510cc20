package io.gondola.worker.inference;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Tensors made larger and smaller in their inner dimensions: what they have in common stays where it is. */
final class Blocks {

    private Blocks() {}

    /** The tensor in a larger shape of the same rank, filled up with {@code fill}. */
    static Tensor pad(Tensor tensor, long[] shape, double fill) {
        if (Arrays.equals(tensor.shape(), shape)) {
            return tensor;
        }
        long elements = Tensor.elements(tensor.name(), shape);
        int bytes = tensor.datatype().bytes();
        byte[] data = new byte[Math.toIntExact(elements * bytes)];
        byte[] pattern = pattern(tensor.datatype(), fill);
        for (int at = 0; at < data.length; at += bytes) {
            System.arraycopy(pattern, 0, data, at, bytes);
        }
        copy(tensor.data(), tensor.shape(), data, shape, bytes);
        return new Tensor(tensor.name(), tensor.datatype(), shape, data);
    }

    /** The tensor's corner of a smaller shape of the same rank. */
    static Tensor cut(Tensor tensor, long[] shape) {
        if (Arrays.equals(tensor.shape(), shape)) {
            return tensor;
        }
        int bytes = tensor.datatype().bytes();
        byte[] data = new byte[Math.toIntExact(Tensor.elements(tensor.name(), shape) * bytes)];
        copy(tensor.data(), tensor.shape(), data, shape, bytes);
        return new Tensor(tensor.name(), tensor.datatype(), shape, data);
    }

    /** Copies the corner that both have, a run of the last dimension at a time. */
    private static void copy(byte[] source, long[] sourceShape, byte[] target, long[] targetShape, int bytes) {
        int rank = sourceShape.length;
        if (rank == 0 || source.length == 0 || target.length == 0) {
            return;
        }
        int run = (int) Math.min(sourceShape[rank - 1], targetShape[rank - 1]) * bytes;
        long[] index = new long[rank];
        do {
            System.arraycopy(
                    source, offset(index, sourceShape) * bytes, target, offset(index, targetShape) * bytes, run);
        } while (advance(index, sourceShape, targetShape));
    }

    private static int offset(long[] index, long[] shape) {
        long offset = 0;
        for (int i = 0; i < shape.length; i++) {
            offset = offset * shape[i] + index[i];
        }
        return Math.toIntExact(offset);
    }

    /** The next index of all dimensions but the last; false behind the end. */
    private static boolean advance(long[] index, long[] a, long[] b) {
        for (int i = index.length - 2; i >= 0; i--) {
            if (++index[i] < Math.min(a[i], b[i])) {
                return true;
            }
            index[i] = 0;
        }
        return false;
    }

    private static byte[] pattern(Datatype datatype, double fill) {
        ByteBuffer buffer = ByteBuffer.allocate(datatype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        switch (datatype) {
            case FP32 -> buffer.putFloat((float) fill);
            case FP64 -> buffer.putDouble(fill);
            case INT64, UINT64 -> buffer.putLong((long) fill);
            case INT32, UINT32 -> buffer.putInt((int) fill);
            case INT16, UINT16 -> buffer.putShort((short) fill);
            case INT8, UINT8, BOOL -> buffer.put((byte) fill);
            case BF16 -> buffer.putShort((short) (Float.floatToIntBits((float) fill) >>> 16));
            default -> {
                if (fill != 0) {
                    throw new IllegalArgumentException(datatype + " can be padded with 0 only");
                }
            }
        }
        return buffer.array();
    }
}
