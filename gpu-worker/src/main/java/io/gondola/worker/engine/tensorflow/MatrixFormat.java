package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** How a {@link Precision} keeps matrices, and how it multiplies with them. */
interface MatrixFormat {

    /** @param spill where matrices go that are hardly ever read; null keeps them in memory */
    static MatrixFormat of(
            Precision precision, Ops tf, Variables variables, boolean tiedHead, @Nullable SpillFile spill) {
        return switch (precision) {
            case F32 -> new FloatMatrices(tf, variables);
            case BF16 -> new BrainFloatMatrices(tf, variables);
            case INT8 -> new QuantizedMatrices(tf, variables, tiedHead, spill);
            case AUTO -> throw new IllegalArgumentException("auto must be resolved first");
        };
    }

    /** Puts a matrix's variables into the graph. */
    void declare(WeightSpec spec);

    /** Reads a matrix into the tensors of its variables. */
    void load(WeightSpec spec, MatrixRows source, Variables.Assignment target) throws EngineException;

    /** Of the ranges that its outputs are computed in: those that the weight asks for, or shares of its only one. */
    List<Integer> widths(String name);

    /**
     * [rows, in] times the matrix, range by range.
     *
     * @param x side by side
     * @return [rows, width] each
     */
    List<Operand<TFloat32>> products(List<Operand<TFloat32>> x, String name);

    /** The same in one piece: [rows, out]. */
    Operand<TFloat32> product(List<Operand<TFloat32>> x, String name);

    /** Columns side by side. */
    static Operand<TFloat32> joined(Ops tf, List<Operand<TFloat32>> columns) {
        return columns.size() == 1 ? columns.get(0) : tf.concat(columns, tf.constant(1));
    }

    /** Ranges of columns of these widths. */
    static List<Operand<TFloat32>> divided(Ops tf, Operand<TFloat32> columns, List<Integer> widths) {
        if (widths.size() == 1) {
            return List.of(columns);
        }
        int[] sizes = widths.stream().mapToInt(Integer::intValue).toArray();
        return List.copyOf(tf.splitV(columns, tf.constant(sizes), tf.constant(-1), (long) sizes.length)
                .output());
    }

    /** Rows of the embedding, [indices, width]. */
    Operand<TFloat32> rows(Operand<TInt32> indices);

    /** Where the numbers of a matrix lie, as TensorFlow's buffers offer it. */
    @FunctionalInterface
    interface Cells {
        /** Puts the first {@code count} numbers at {@code index} and behind; the array is used again. */
        void put(long index, float[] numbers, int count);
    }

    /**
     * Puts rows of a matrix the other way round into one of {@code height} columns. In runs along the target, which is
     * far larger than the source: it is memory that is written, the source is still in the processor's cache.
     */
    static void transpose(float[] numbers, int first, int count, int columns, int height, Cells target) {
        float[] run = new float[count];
        for (int column = 0; column < columns; column++) {
            for (int row = 0; row < count; row++) {
                run[row] = numbers[row * columns + column];
            }
            target.put((long) column * height + first, run, count);
        }
    }

    /** Puts rows of a matrix as they are. */
    static void copy(float[] numbers, int first, int count, int columns, Cells target) {
        target.put((long) first * columns, numbers, count * columns);
    }
}
