package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Max;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TUint8;

/**
 * Matrices in signed bytes, symmetric: of each output channel the greatest magnitude is 127. Rows are scaled likewise,
 * each by itself. The embedding is kept twice where the head is tied to it: [out, in] to look rows up, [in, out] to
 * multiply. For processors only: oneDNN multiplies them.
 */
final class QuantizedMatrices implements MatrixFormat {

    static final int MAGNITUDE_MAX = 127;

    /** What 127 stands for in each output channel, and its negative. */
    private static final String SCALE = ".scale";

    private static final String LOW = ".low";
    /** A row of zeros has no magnitude to divide by. */
    private static final float ROW_MAGNITUDE_MIN = 1e-30f;

    private final Ops tf;
    private final Variables variables;
    private final boolean tiedHead;
    private final @Nullable SpillFile spill;
    /** Products add a bias before they are scaled by rows; ours comes after. By width. */
    private final Map<Integer, Operand<TFloat32>> zeros = new HashMap<>();
    /** In which each matrix that is multiplied with is kept. */
    private final Map<String, List<OutputRange>> ranges = new HashMap<>();

    QuantizedMatrices(Ops tf, Variables variables, boolean tiedHead, @Nullable SpillFile spill) {
        this.tf = tf;
        this.variables = variables;
        this.tiedHead = tiedHead;
        this.spill = spill;
    }

    @Override
    public void declare(WeightSpec spec) {
        if (spec.isEmbedding()) {
            variables.declare(spec.name(), TUint8.class, Shape.of(spec.outputs(), spec.inputs()));
            variables.declare(spec.name() + SCALE, TFloat32.class, Shape.of(spec.outputs()));
        }
        if (!spec.isEmbedding() || tiedHead) {
            List<OutputRange> shared = OutputRange.of(spec.widths(), spec.inputs());
            ranges.put(spec.name(), shared);
            for (OutputRange range : shared) {
                String name = name(spec.name(), range);
                variables.declare(name, TUint8.class, Shape.of(spec.inputs(), range.width()));
                for (String channels : List.of(SCALE, LOW)) {
                    variables.declare(name + channels, TFloat32.class, Shape.of(range.width()));
                }
            }
        }
    }

    private static String name(String matrix, OutputRange range) {
        return matrix + ".from_" + range.start();
    }

    @Override
    public void load(WeightSpec spec, MatrixRows source, Variables.Assignment target) throws EngineException {
        float[] scales = new float[spec.outputs()];
        // A channel that is a row is known once its row is read: one pass. Of columns all rows must be seen first.
        if (!spec.outputFirst()) {
            source.read((first, count, numbers) -> columnMagnitudes(numbers, count, source.columns, scales));
            onlyPositive(scales, 0, scales.length);
        }
        List<TUint8> multiplied = new ArrayList<>();
        List<MatrixRows.Sink> sinks = sinks(spec, source, target, multiplied);
        source.read((first, count, numbers) -> {
            if (spec.outputFirst()) {
                rowMagnitudes(numbers, first, count, source.columns, scales);
                onlyPositive(scales, first, count);
            }
            toSteps(numbers, first, count, source.columns, scales, spec.outputFirst());
            sinks.forEach(sink -> sink.accept(first, count, numbers));
        });
        if (spec.isEmbedding()) {
            floats(target, spec.name() + SCALE, scales);
        }
        for (OutputRange range : ranges.getOrDefault(spec.name(), List.of())) {
            channels(target, name(spec.name(), range), range.of(scales));
        }
        if (spill != null) {
            for (TUint8 matrix : multiplied) {
                spill.take(NativeMemory.Region.of(matrix));
            }
        }
    }

    /**
     * Where the bytes go.
     *
     * @param multiplied to which the tensors are added that are multiplied with
     */
    private List<MatrixRows.Sink> sinks(
            WeightSpec spec, MatrixRows source, Variables.Assignment target, List<TUint8> multiplied) {
        List<MatrixRows.Sink> sinks = new ArrayList<>();
        if (spec.isEmbedding()) {
            OutputRange.Rounded rows =
                    rounded(target.add(spec.name(), TUint8.class, Shape.of(spec.outputs(), spec.inputs())));
            sinks.add((first, count, steps) -> MatrixFormat.copy(steps, first, count, source.columns, rows));
        }
        for (OutputRange range : ranges.getOrDefault(spec.name(), List.of())) {
            TUint8 matrix = target.add(name(spec.name(), range), TUint8.class, Shape.of(spec.inputs(), range.width()));
            multiplied.add(matrix);
            OutputRange.Rounded bytes = rounded(matrix);
            sinks.add(
                    (first, count, steps) -> range.put(steps, first, count, source.columns, spec.outputFirst(), bytes));
        }
        return sinks;
    }

    private static OutputRange.Rounded rounded(TUint8 bytes) {
        return new OutputRange.Rounded(bytes.asRawTensor().data());
    }

    /** What 127 stands for, and its negative. */
    private static void channels(Variables.Assignment target, String name, float[] scales) {
        float[] lows = new float[scales.length];
        for (int i = 0; i < lows.length; i++) {
            lows[i] = -scales[i];
        }
        floats(target, name + SCALE, scales);
        floats(target, name + LOW, lows);
    }

    private static void floats(Variables.Assignment target, String name, float[] numbers) {
        target.add(name, TFloat32.class, Shape.of(numbers.length))
                .asRawTensor()
                .data()
                .asFloats()
                .write(numbers);
    }

    private static void columnMagnitudes(float[] numbers, int count, int columns, float[] magnitudes) {
        for (int row = 0; row < count; row++) {
            for (int column = 0; column < columns; column++) {
                float magnitude = Math.abs(numbers[row * columns + column]);
                if (magnitude > magnitudes[column]) {
                    magnitudes[column] = magnitude;
                }
            }
        }
    }

    private static void rowMagnitudes(float[] numbers, int first, int count, int columns, float[] magnitudes) {
        for (int row = 0; row < count; row++) {
            float greatest = 0;
            for (int column = 0; column < columns; column++) {
                float magnitude = Math.abs(numbers[row * columns + column]);
                greatest = magnitude > greatest ? magnitude : greatest;
            }
            magnitudes[first + row] = greatest;
        }
    }

    /** 1 where all is zero: something to divide by. */
    private static void onlyPositive(float[] magnitudes, int first, int count) {
        for (int i = first; i < first + count; i++) {
            magnitudes[i] = magnitudes[i] == 0 ? 1 : magnitudes[i];
        }
    }

    private static void toSteps(
            float[] numbers, int first, int count, int columns, float[] scales, boolean rowIsChannel) {
        for (int row = 0; row < count; row++) {
            for (int column = 0; column < columns; column++) {
                numbers[row * columns + column] *= MAGNITUDE_MAX / scales[rowIsChannel ? first + row : column];
            }
        }
    }

    @Override
    public List<Integer> widths(String name) {
        return Objects.requireNonNull(ranges.get(name), name).stream()
                .map(OutputRange::width)
                .toList();
    }

    @Override
    public List<Operand<TFloat32>> products(List<Operand<TFloat32>> x, String name) {
        Operand<TFloat32> magnitude = magnitude(x);
        return products(x, magnitude, name).stream()
                .<Operand<TFloat32>>map(product -> tf.math.mul(product, magnitude))
                .toList();
    }

    @Override
    public Operand<TFloat32> product(List<Operand<TFloat32>> x, String name) {
        Operand<TFloat32> magnitude = magnitude(x);
        return tf.math.mul(MatrixFormat.joined(tf, products(x, magnitude, name)), magnitude);
    }

    /** The greatest of each row, [rows, 1]. */
    private Operand<TFloat32> magnitude(List<Operand<TFloat32>> x) {
        Operand<TFloat32> greatest = tf.constant(ROW_MAGNITUDE_MIN);
        for (Operand<TFloat32> columns : x) {
            greatest = tf.math.maximum(tf.max(tf.math.abs(columns), tf.constant(-1), Max.keepDims(true)), greatest);
        }
        return greatest;
    }

    private List<Operand<TFloat32>> products(List<Operand<TFloat32>> x, Operand<TFloat32> magnitude, String matrix) {
        // 127 divided, not 1: of that TensorFlow makes a Reciprocal, whose bits depend on how many rows there are.
        Operand<TFloat32> stepsOfOne = tf.math.div(tf.constant((float) MAGNITUDE_MAX), magnitude);
        List<Operand<TFloat32>> steps = x.stream()
                .<Operand<TFloat32>>map(columns -> tf.math.mul(columns, stepsOfOne))
                .toList();
        List<Operand<TFloat32>> products = new ArrayList<>();
        for (OutputRange range : Objects.requireNonNull(ranges.get(matrix), matrix)) {
            String name = name(matrix, range);
            products.add(QuantizedProducts.standIn(
                    tf,
                    steps,
                    variables.get(name),
                    variables.get(name + LOW),
                    variables.get(name + SCALE),
                    zeros.computeIfAbsent(range.width(), width -> tf.constant(new float[width]))));
        }
        return products;
    }

    /** As the sign bit of a byte is not TensorFlow Java's to read: 0 to 255, less 256 from 128 on. */
    @Override
    public Operand<TFloat32> rows(Operand<TInt32> indices) {
        Operand<TUint8> embedding = variables.get(WeightSpec.EMBEDDING);
        Operand<TFloat32> scale = variables.get(WeightSpec.EMBEDDING + SCALE);
        Operand<TFloat32> bytes = tf.dtypes.cast(tf.gather(embedding, indices, tf.constant(0)), TFloat32.class);
        Operand<TFloat32> steps =
                tf.select(tf.math.less(bytes, tf.constant(128f)), bytes, tf.math.sub(bytes, tf.constant(256f)));
        Operand<TFloat32> scales = tf.expandDims(tf.gather(scale, indices, tf.constant(0)), tf.constant(1));
        return tf.math.mul(steps, tf.math.div(scales, tf.constant((float) MAGNITUDE_MAX)));
    }
}
