package io.gondola.worker.engine.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gondola.worker.engine.EngineException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * Writes a safetensors file of random weights in bfloat16: for measuring without a download. What such a model says means
 * nothing; that the numbers are spread as a trained model's begin keeps them from overflowing.
 */
public final class RandomWeights {

    /** What is written at most; a measurement is no reason to fill a disk. */
    public static final long FILE_BYTES_MAX = 8L << 30;

    private static final double STANDARD_DEVIATION = 0.02;
    private static final short ONE = 0x3f80;
    /** Drawn once and repeated. No width divides it, so no two rows of a matrix are the same. */
    private static final int PIECE_NUMBERS = (1 << 20) - 3;

    private RandomWeights() {}

    /**
     * A tensor to be written.
     *
     * @param ones whether all its numbers are 1, as those of a norm
     */
    public record Tensor(String name, List<Long> shape, boolean ones) {
        public Tensor {
            shape = List.copyOf(shape);
        }

        long sizeBytes() {
            return shape.stream().mapToLong(Long::longValue).reduce(Short.BYTES, Math::multiplyExact);
        }
    }

    /** Writes {@code model.safetensors} into a directory; the same seed gives the same file. */
    public static void write(Path directory, List<Tensor> tensors, long seed) throws EngineException {
        Path file = directory.resolve(Checkpoint.SINGLE_FILE);
        long sizeBytes = tensors.stream().mapToLong(Tensor::sizeBytes).sum();
        try {
            requireRoom(directory, sizeBytes);
            byte[] drawn = piece(seed);
            byte[] ones = ones();
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
                out.write(header(tensors));
                for (Tensor tensor : tensors) {
                    byte[] piece = tensor.ones() ? ones : drawn;
                    for (long left = tensor.sizeBytes(); left > 0; left -= piece.length) {
                        out.write(piece, 0, (int) Math.min(left, piece.length));
                    }
                }
            }
        } catch (IOException e) {
            throw new EngineException(file + ": random weights could not be written: " + e.getMessage(), e);
        }
    }

    private static void requireRoom(Path directory, long sizeBytes) throws IOException, EngineException {
        long roomBytes = Math.min(Files.getFileStore(directory).getUsableSpace(), FILE_BYTES_MAX);
        if (sizeBytes > roomBytes) {
            throw new EngineException(directory + ": random weights take " + (sizeBytes >> 20)
                    + " MiB, but there is room " + "for " + (roomBytes >> 20) + " MiB");
        }
    }

    private static byte[] piece(long seed) {
        Random random = new Random(seed);
        ByteBuffer piece = ByteBuffer.allocate(PIECE_NUMBERS * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (piece.hasRemaining()) {
            float number = (float) (random.nextGaussian() * STANDARD_DEVIATION);
            piece.putShort((short) (Float.floatToIntBits(number) >>> 16));
        }
        return piece.array();
    }

    private static byte[] ones() {
        ByteBuffer piece = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);
        while (piece.hasRemaining()) {
            piece.putShort(ONE);
        }
        return piece.array();
    }

    private static byte[] header(List<Tensor> tensors) {
        ObjectNode header = new ObjectMapper().createObjectNode();
        long offset = 0;
        for (Tensor tensor : tensors) {
            ObjectNode node = header.putObject(tensor.name()).put("dtype", "BF16");
            LongStream shape = tensor.shape().stream().mapToLong(Long::longValue);
            shape.forEach(node.putArray("shape")::add);
            node.putArray("data_offsets").add(offset).add(offset + tensor.sizeBytes());
            offset += tensor.sizeBytes();
        }
        byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + text.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(text.length)
                .put(text)
                .array();
    }
}
