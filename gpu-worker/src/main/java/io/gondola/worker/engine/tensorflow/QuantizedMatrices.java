package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import java.util.List;
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

    QuantizedMatrices(Ops tf, Variables variables, boolean tiedHead) {
        this.tf = tf;
        this.variables = variables;
        this.tiedHead = tiedHead;
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
        float[] scales = magnitudes(spec, source);
        float[] lows = new float[scales.length];
        for (int i = 0; i < lows.length; i++) {
            lows[i] = -scales[i];
        }
        channels(target, spec.name() + SCALE, scales);
        channels(target, spec.name() + LOW, lows);
        channels(target, spec.name() + ZEROS, new float[scales.length]);
        if (spec.isEmbedding()) {
            fill(target, spec.name(), source, scales, true, false);
            if (tiedHead) {
                fill(target, TIED_HEAD, source, scales, true, true);
            }
        } else {
            fill(target, spec.name(), source, scales, spec.outputFirst(), spec.outputFirst());
        }
    }

    private static void channels(Variables.Assignment target, String name, float[] numbers) {
        target.add(name, TFloat32.class, Shape.of(numbers.length))
                .asRawTensor()
                .data()
                .asFloats()
                .write(numbers);
    }

    /** The greatest magnitude of each output channel; 1 where all is zero. */
    private static float[] magnitudes(WeightSpec spec, MatrixRows source) throws EngineException {
        float[] magnitudes = new float[spec.outputFirst() ? source.rows : source.columns];
        source.read((first, count, numbers) -> {
            for (int row = 0; row < count; row++) {
                for (int column = 0; column < source.columns; column++) {
                    int channel = spec.outputFirst() ? first + row : column;
                    float magnitude = Math.abs(numbers[row * source.columns + column]);
                    if (magnitude > magnitudes[channel]) {
                        magnitudes[channel] = magnitude;
                    }
                }
            }
        });
        for (int i = 0; i < magnitudes.length; i++) {
            magnitudes[i] = magnitudes[i] == 0 ? 1 : magnitudes[i];
        }
        return magnitudes;
    }

    private static void fill(
            Variables.Assignment target,
            String name,
            MatrixRows source,
            float[] scales,
            boolean rowIsChannel,
            boolean turned)
            throws EngineException {
        Shape shape = turned ? Shape.of(source.columns, source.rows) : Shape.of(source.rows, source.columns);
        ByteDataBuffer data =
                target.add(name, TUint8.class, shape).asRawTensor().data();
        MatrixFormat.Cells cells = (steps, index) -> data.setByte((byte) Math.rint(steps), index);
        float[] factors = new float[scales.length];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = MAGNITUDE_MAX / scales[i];
        }
        source.read((first, count, numbers) -> {
            for (int row = 0; row < count; row++) {
                for (int column = 0; column < source.columns; column++) {
                    numbers[row * source.columns + column] *= factors[rowIsChannel ? first + row : column];
                }
            }
            if (turned) {
                MatrixFormat.transpose(numbers, first, count, source.columns, source.rows, cells);
            } else {
                MatrixFormat.copy(numbers, first, count, source.columns, cells);
            }
        });
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
