package io.gondola.worker.engine.tensorflow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;

/**
 * Some of the outputs of a matrix of bytes, side by side: a product of its own. An output's bits do not depend on which
 * others are computed with it, since whole numbers add up exactly; so two threads can share a matrix.
 *
 * @param start its first output
 * @param width how many outputs
 */
record OutputRange(int start, int width) {

    /** What a range begins at: oneDNN multiplies so many outputs at once. */
    private static final int ALIGNMENT = 64;

    /** Numbers of a matrix that a thread multiplies with in less time than it takes to wake another. */
    private static final long SHARED_NUMBERS_MIN = 1 << 20;

    /** Ranges of these widths; of a single one two halves, where there is enough to share. */
    static List<OutputRange> of(List<Integer> widths, int inputs) {
        List<Integer> shared = widths;
        int outputs = widths.get(0);
        if (widths.size() == 1 && outputs >= 2 * ALIGNMENT && (long) outputs * inputs >= SHARED_NUMBERS_MIN) {
            int half = (outputs / 2 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
            shared = List.of(half, outputs - half);
        }
        List<OutputRange> ranges = new ArrayList<>();
        int start = 0;
        for (int width : shared) {
            ranges.add(new OutputRange(start, width));
            start += width;
        }
        return ranges;
    }

    float[] of(float[] all) {
        return Arrays.copyOfRange(all, start, start + width);
    }

    /** Rounds its part of some rows, {@code columns} wide, of a matrix into its own, [in, width]. */
    void put(float[] steps, int first, int count, int columns, boolean outputFirst, Rounded target) {
        if (!outputFirst) {
            for (int row = 0; row < count; row++) {
                int from = row * columns + start;
                target.put((long) (first + row) * width, Arrays.copyOfRange(steps, from, from + width), width);
            }
            return;
        }
        int from = Math.max(first, start);
        int to = Math.min(first + count, start + width);
        if (from < to) {
            float[] own = Arrays.copyOfRange(steps, (from - first) * columns, (to - first) * columns);
            MatrixFormat.transpose(own, from - start, to - from, columns, width, target);
        }
    }

    /** Bytes in native memory, rounded from numbers. */
    static final class Rounded implements MatrixFormat.Cells {
        private final ByteDataBuffer data;
        private byte[] rounded = new byte[0];

        Rounded(ByteDataBuffer data) {
            this.data = data;
        }

        @Override
        public void put(long index, float[] steps, int count) {
            if (rounded.length < count) {
                rounded = new byte[count];
            }
            for (int i = 0; i < count; i++) {
                rounded[i] = (byte) Math.rint(steps[i]);
            }
            data.offset(index).write(rounded, 0, count);
        }
    }
}
