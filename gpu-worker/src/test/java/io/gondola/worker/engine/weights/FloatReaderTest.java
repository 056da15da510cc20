package io.gondola.worker.engine.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.worker.engine.EngineException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FloatReaderTest {

    @TempDir
    Path directory;

    /** The definition of binary16, in double precision. */
    private static double half(int bits) {
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        double magnitude = exponent == 31
                ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                : exponent == 0 ? fraction * Math.pow(2, -24) : (1 + fraction / 1024.0) * Math.pow(2, exponent - 15);
        return (bits & 0x8000) == 0 ? magnitude : -magnitude;
    }

    @Test
    void everyHalfIsConverted() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            assertThat((double) FloatReader.fromHalf((short) bits))
                    .as("bits %x", bits)
                    .isEqualTo(Double.valueOf(half(bits)));
        }
    }

    @Test
    void tensorsLargerThanAPieceComeInOrder() throws Exception {
        int count = 600_001;
        ByteBuffer bytes = ByteBuffer.allocate(4 + count * 2).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(0);
        for (int i = 0; i < count; i++) {
            bytes.putShort((short) (Float.floatToIntBits(i % 251) >>> 16));
        }
        Path file = Files.write(directory.resolve("w"), bytes.array());
        TensorEntry entry = new TensorEntry("w", file, DataType.BF16, new long[] {count}, 4, count * 2L);
        List<Float> read = new ArrayList<>();
        try (FloatReader reader = new FloatReader()) {
            reader.read(entry, (floats, size) -> {
                for (int i = 0; i < size; i++) {
                    read.add(floats[i]);
                }
            });
        }
        assertThat(read).hasSize(count);
        for (int i = 0; i < count; i++) {
            assertThat(read.get(i)).isEqualTo(i % 251);
        }
    }

    @Test
    void aFileThatShrinksIsNamed() throws Exception {
        Path file = Files.write(directory.resolve("w"), new byte[6]);
        TensorEntry entry = new TensorEntry("the.tensor", file, DataType.F32, new long[] {2}, 0, 8);
        try (FloatReader reader = new FloatReader()) {
            assertThatThrownBy(() -> reader.read(entry, (floats, size) -> {}))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("the.tensor")
                    .hasMessageContaining("became shorter");
        }
    }
}
