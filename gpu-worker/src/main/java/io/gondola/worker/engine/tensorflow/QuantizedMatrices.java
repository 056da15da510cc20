package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.ByteDataBuffer;
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

    /** What 127 stands for in each output channel, its negative, and a bias of nothing. */
    private static final String SCALE = ".scale";

    private static final String LOW = ".low";
    private static final String ZEROS = ".zeros";
    private static final String TIED_HEAD = "tied_head";
    /** A row of zeros has no magnitude to divide by. */
    private static final float ROW_MAGNITUDE_MIN = 1e-30f;

    private final Ops tf;
    private final Variables variables;
    private final boolean tiedHead;
    private final @Nullable SpillFile spill;

    QuantizedMatrices(Ops tf, Variables variables, boolean tiedHead, @Nullable SpillFile spill) {
        this.tf = tf;
        this.variables = variables;
        this.tiedHead = tiedHead;
        this.spill = spill;
    }

    @Override
    public void declare(WeightSpec spec) {
        for (String channels : List.of(SCALE, LOW, ZEROS)) {
            variables.declare(spec.name() + channels, TFloat32.class, Shape.of(spec.outputs()));
        }
        if (!spec.isEmbedding()) {
            variables.declare(spec.name(), TUint8.class, Shape.of(spec.inputs(), spec.outputs()));
            return;
        }
        variables.declare(spec.name(), TUint8.class, Shape.of(spec.outputs(), spec.inputs()));
        if (tiedHead) {
            variables.declare(TIED_HEAD, TUint8.class, Shape.of(spec.inputs(), spec.outputs()));
        }
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
        List<Bytes> bytes = bytes(spec, source, target, multiplied);
        source.read((first, count, numbers) -> {
            if (spec.outputFirst()) {
                rowMagnitudes(numbers, first, count, source.columns, scales);
                onlyPositive(scales, first, count);
            }
            toSteps(numbers, first, count, source.columns, scales, spec.outputFirst());
            bytes.forEach(each -> each.put(numbers, first, count, source));
        });
        channels(target, spec.name(), scales);
        if (spill != null) {
            for (TUint8 matrix : multiplied) {
                spill.take(NativeMemory.Region.of(matrix));
            }
        }
    }

    /** Where a matrix's bytes go, the other way round or as they are. */
    private record Bytes(ByteDataBuffer data, boolean turned, byte[] rounded) {

        void put(float[] steps, int first, int count, MatrixRows source) {
            if (turned) {
                MatrixFormat.transpose(steps, first, count, source.columns, source.rows, this::round);
            } else {
                MatrixFormat.copy(steps, first, count, source.columns, this::round);
            }
        }

        private void round(long index, float[] steps, int count) {
            for (int i = 0; i < count; i++) {
                rounded[i] = (byte) Math.rint(steps[i]);
            }
            data.offset(index).write(rounded, 0, count);
        }
    }

    /** @param multiplied to which the tensors are added that are multiplied with */
    private List<Bytes> bytes(
            WeightSpec spec, MatrixRows source, Variables.Assignment target, List<TUint8> multiplied) {
        byte[] rounded = new byte[source.groupNumbers()];
        List<Bytes> bytes = new ArrayList<>();
        if (spec.isEmbedding()) {
            TUint8 rows = target.add(spec.name(), TUint8.class, Shape.of(spec.outputs(), spec.inputs()));
            bytes.add(new Bytes(rows.asRawTensor().data(), false, rounded));
        }
        if (!spec.isEmbedding() || tiedHead) {
            String name = spec.isEmbedding() ? TIED_HEAD : spec.name();
            TUint8 matrix = target.add(name, TUint8.class, Shape.of(spec.inputs(), spec.outputs()));
            multiplied.add(matrix);
            bytes.add(new Bytes(matrix.asRawTensor().data(), spec.outputFirst(), rounded));
        }
        return bytes;
    }

    /** What 127 stands for, its negative, and the bias. */
    private static void channels(Variables.Assignment target, String name, float[] scales) {
        float[] lows = new float[scales.length];
        for (int i = 0; i < lows.length; i++) {
            lows[i] = -scales[i];
        }
        Map<String, float[]> channels = Map.of(SCALE, scales, LOW, lows, ZEROS, new float[scales.length]);
        channels.forEach((suffix, numbers) -> target.add(name + suffix, TFloat32.class, Shape.of(numbers.length))
                .asRawTensor()
                .data()
                .asFloats()
                .write(numbers));
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
    public Operand<TFloat32> product(Operand<TFloat32> x, String name) {
        boolean embedding = name.equals(WeightSpec.EMBEDDING);
        Operand<TUint8> matrix = variables.get(embedding ? TIED_HEAD : name);
        Operand<TFloat32> magnitude = tf.math.maximum(
                tf.max(tf.math.abs(x), tf.constant(-1), Max.keepDims(true)), tf.constant(ROW_MAGNITUDE_MIN));
        Operand<TFloat32> product = QuantizedProducts.standIn(
                tf,
                tf.math.div(x, magnitude),
                matrix,
                variables.get(name + LOW),
                variables.get(name + SCALE),
                variables.get(name + ZEROS));
        return tf.math.mul(product, magnitude);
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
