package io.gondola.gateway.tensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassificationTest {

    private static List<String> classes(Tensor output, int count) {
        return Arrays.stream(Classification.of(output, count, true).strings())
                .map(string -> new String(string, StandardCharsets.UTF_8))
                .toList();
    }

    private static Tensor longs(Datatype datatype, long... values) {
        ByteBuffer data = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asLongBuffer().put(values);
        return new Tensor("y", datatype, new long[] {1, values.length}, data.array());
    }

    private static Tensor floats(float... values) {
        ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return new Tensor("y", Datatype.FP32, new long[] {1, values.length}, data.array());
    }

    @Test
    void theLargestOfEachRowComeFirstAndTheFirstOfEquals() {
        assertThat(classes(floats(0.5f, 2, -1, 2), 3)).containsExactly("2.000000:1", "2.000000:3", "0.500000:0");
        assertThat(classes(floats(1), 5)).containsExactly("1.000000:0");
    }

    @Test
    void notANumberIsNobodysLargest() {
        assertThat(classes(floats(Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY), 3))
                .containsExactly("Infinity:2", "-Infinity:1", "NaN:0");
    }

    @Test
    void wholeNumbersAreExact() {
        assertThat(classes(longs(Datatype.INT64, 9_007_199_254_740_992L, 9_007_199_254_740_993L, -5), 2))
                .containsExactly("9007199254740993:1", "9007199254740992:0");
        assertThat(classes(longs(Datatype.UINT64, 1, -1), 2)).containsExactly("18446744073709551615:1", "1:0");
    }
}
