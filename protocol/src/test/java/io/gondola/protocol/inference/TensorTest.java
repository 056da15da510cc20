package io.gondola.protocol.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TensorTest {

    @Test
    void aTensorHasAsManyBytesAsItsShapeSays() {
        assertThat(new Tensor("x", Datatype.FP32, new long[] {2, 3}, new byte[24]).elements())
                .isEqualTo(6);
        assertThat(new Tensor("x", Datatype.FP64, new long[0], new byte[8]).rows())
                .isEqualTo(1);
        assertThat(new Tensor("x", Datatype.INT64, new long[] {5, 0, 7}, new byte[0]).elements())
                .isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tensor("x", Datatype.FP32, new long[] {2, 3}, new byte[23]))
                .withMessageContaining("'x'")
                .withMessageContaining("23 bytes");
    }

    @Test
    void aShapeThatOverflowsIsNoShape() {
        long large = 1L << 32;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tensor("x", Datatype.FP32, new long[] {large, large}, new byte[0]))
                .withMessageContaining("too many elements");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tensor("x", Datatype.FP32, new long[] {1 << 16, 1 << 15}, new byte[0]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tensor("x", Datatype.FP32, new long[] {-1, 2}, new byte[0]))
                .withMessageContaining("-1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tensor("x", Datatype.UINT8, new long[Tensor.RANK_MAX + 1], new byte[0]))
                .withMessageContaining("dimensions");
        assertThat(new Tensor("x", Datatype.UINT8, new long[] {large, 0}, new byte[0]).elements())
                .isZero();
    }

    @Test
    void stringsHaveTheirLengthBeforeThem() {
        byte[][] strings = {"gondola".getBytes(StandardCharsets.UTF_8), new byte[0], {0, -1}};
        Tensor tensor = Tensor.ofStrings("s", new long[] {3}, strings);
        assertThat(tensor.data()).startsWith(7, 0, 0, 0, 'g').hasSize(3 * 4 + 9);
        assertThat(tensor.strings()).isDeepEqualTo(strings);
    }

    @Test
    void stringsThatEndTooSoonAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tensor("s", Datatype.BYTES, new long[] {1}, new byte[] {5, 0, 0, 0, 'a'}))
                .withMessageContaining("byte 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tensor("s", Datatype.BYTES, new long[] {1}, new byte[] {-1, -1, -1, -1}))
                .withMessageContaining("byte 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Tensor("s", Datatype.BYTES, new long[] {2}, new byte[] {0, 0, 0, 0}))
                .withMessageContaining("needs 2 elements, and has 1");
    }
}
