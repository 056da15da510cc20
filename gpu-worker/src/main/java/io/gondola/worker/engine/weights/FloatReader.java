package io.gondola.worker.engine.weights;

import io.gondola.worker.engine.EngineException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Reads tensors as floats, piece by piece, so that a large one is never on the heap as a whole. One thread. */
public final class FloatReader implements AutoCloseable {

    private static final int PIECE_FLOATS = 1 << 18;

    private final Map<Path, FileChannel> channels = new HashMap<>();
    private final ByteBuffer bytes =
            ByteBuffer.allocateDirect(PIECE_FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final float[] floats = new float[PIECE_FLOATS];
    private final short[] halves = new short[PIECE_FLOATS];

    /** Takes a tensor's numbers in order. */
    @FunctionalInterface
    public interface Sink {
        /** The first {@code count} of {@code floats} are the next numbers; the array is used again. */
        void accept(float[] floats, int count);
    }

    public void read(TensorEntry tensor, Sink sink) throws EngineException {
        try {
            FileChannel channel = channels.get(tensor.file());
            if (channel == null) {
                channel = FileChannel.open(tensor.file());
                channels.put(tensor.file(), channel);
            }
            int pieceBytes = PIECE_FLOATS * tensor.type().bytes();
            for (long done = 0; done < tensor.sizeBytes(); done += pieceBytes) {
                int length = (int) Math.min(pieceBytes, tensor.sizeBytes() - done);
                fill(channel, tensor, tensor.offsetBytes() + done, length);
                sink.accept(floats, convert(tensor.type()));
            }
        } catch (IOException e) {
            throw new EngineException(
                    tensor.file() + ": tensor \"" + tensor.name() + "\" cannot be read: " + e.getMessage(), e);
        }
    }

    private void fill(FileChannel channel, TensorEntry tensor, long offset, int length)
            throws IOException, EngineException {
        bytes.clear().limit(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, offset + bytes.position()) < 0) {
                throw new EngineException(tensor.file() + ": tensor \"" + tensor.name()
                        + "\": the file became shorter while it was read");
            }
        }
        bytes.flip();
    }

    private int convert(DataType type) {
        if (type == DataType.F32) {
            int count = bytes.remaining() / Float.BYTES;
            bytes.asFloatBuffer().get(floats, 0, count);
            return count;
        }
        int count = bytes.remaining() / Short.BYTES;
        bytes.asShortBuffer().get(halves, 0, count);
        for (int i = 0; i < count; i++) {
            floats[i] = type == DataType.F16 ? fromHalf(halves[i]) : Float.intBitsToFloat(halves[i] << 16);
        }
        return count;
    }

    /** IEEE 754 binary16 to binary32. (Java's own comes with 20.) */
    public static float fromHalf(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >> 10 & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        int exponentBits = exponent == 0x1f ? 0xff : exponent - 15 + 127;
        return Float.intBitsToFloat(sign | exponentBits << 23 | fraction << 13);
    }

    @Override
    public void close() throws EngineException {
        IOException failure = null;
        for (FileChannel channel : channels.values()) {
            try {
                channel.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw new EngineException("cannot close weight files: " + failure.getMessage(), failure);
        }
    }
}
