package io.gondola.worker.engine.weights;

import java.nio.file.Path;
import java.util.Arrays;

/**
 * Where a tensor lies in a safetensors file. Checked: its bytes are within the file, and as many as type and shape say.
 *
 * @param name as in the header
 * @param file that holds it
 * @param type its number format
 * @param shape its extents; empty for a scalar
 * @param offsetBytes of its first byte, from the start of the file
 * @param sizeBytes its length
 */
@SuppressWarnings("ArrayRecordComponent") // Entries are looked up by name, never compared.
public record TensorEntry(String name, Path file, DataType type, long[] shape, long offsetBytes, long sizeBytes) {

    boolean hasShape(long[] expected) {
        return Arrays.equals(shape, expected);
    }

    /** For messages: {@code F32 [768, 2304]}. */
    String typeAndShape() {
        return type + " " + Arrays.toString(shape);
    }
}
