package io.gondola.worker.engine.weights;

import io.gondola.worker.engine.EngineException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** The bytes of tensors as they lie in their files, read piece by piece. */
final class TensorBytes {

    private static final int PIECE_BYTES = 1 << 20;

    private TensorBytes() {}

    /** Compares two of one size. */
    static boolean areEqual(TensorEntry one, TensorEntry other) throws EngineException {
        ByteBuffer first = ByteBuffer.allocateDirect(PIECE_BYTES);
        ByteBuffer second = ByteBuffer.allocateDirect(PIECE_BYTES);
        try (FileChannel firstFile = FileChannel.open(one.file());
                FileChannel secondFile = FileChannel.open(other.file())) {
            for (long done = 0; done < one.sizeBytes(); done += PIECE_BYTES) {
                int length = (int) Math.min(PIECE_BYTES, one.sizeBytes() - done);
                fill(first.clear().limit(length), firstFile, one.offsetBytes() + done);
                fill(second.clear().limit(length), secondFile, other.offsetBytes() + done);
                if (first.flip().mismatch(second.flip()) >= 0) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            throw new EngineException(
                    one.file() + ": tensor \"" + one.name() + "\" cannot be compared with \"" + other.name() + "\": "
                            + e.getMessage(),
                    e);
        }
    }

    private static void fill(ByteBuffer bytes, FileChannel channel, long offset) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, offset + bytes.position()) < 0) {
                throw new IOException("the file became shorter while it was read");
            }
        }
    }
}
