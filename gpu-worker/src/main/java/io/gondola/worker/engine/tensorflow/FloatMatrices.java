package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Matrices in single precision, cut into panels of {@link #PANEL_OUTPUTS} output channels: [panels, in, panel]. Each is
 * multiplied by itself, by an operation that adds up a row's products in the same order however many rows there are, which
 * {@code MatMul} does not. A panel lies in one piece, so that this is no slower. The embedding is kept as it is, [out, in],
 * for its rows are looked up.
 */
final class FloatMatrices extends WholeMatrices {

    /** What oneDNN multiplies at a time. */
    static final int PANEL_OUTPUTS = 64;

    FloatMatrices(Ops tf, Variables variables) {
        super(tf, variables);
    }

    @Override
    public void declare(WeightSpec spec) {
        super.declare(spec);
        variables.declare(spec.name(), TFloat32.class, shape(spec));
    }

    private static Shape shape(WeightSpec spec) {
        return spec.isEmbedding()
                ? Shape.of(spec.outputs(), spec.inputs())
                : Shape.of(panels(spec.outputs()), spec.inputs(), PANEL_OUTPUTS);
    }

    /** The last one is filled up with zeros. */
    private static int panels(int outputs) {
        return (outputs + PANEL_OUTPUTS - 1) / PANEL_OUTPUTS;
    }

    @Override
    public void load(WeightSpec spec, MatrixRows source, Variables.Assignment target) throws EngineException {
        FloatDataBuffer data = target.add(spec.name(), TFloat32.class, shape(spec))
                .asRawTensor()
                .data()
                .asFloats();
        if (spec.isEmbedding()) {
            source.read((first, count, numbers) -> MatrixFormat.copy(
                    numbers, first, count, source.columns, (index, run, length) -> write(data, index, run, 0, length)));
            return;
        }
        int panelNumbers = spec.inputs() * PANEL_OUTPUTS;
        write(data, (long) (panels(spec.outputs()) - 1) * panelNumbers, new float[panelNumbers], 0, panelNumbers);
        Cells cells = panelCells(spec, data);
        source.read((first, count, numbers) -> {
            if (spec.outputFirst()) {
                MatrixFormat.transpose(numbers, first, count, source.columns, source.rows, cells);
            } else {
                MatrixFormat.copy(numbers, first, count, source.columns, cells);
            }
        });
    }

    /** Where in the panels the numbers of [in, out] go. */
    private static Cells panelCells(WeightSpec spec, FloatDataBuffer data) {
        int width = spec.outputs();
        return (index, numbers, count) -> {
            for (int done = 0; done < count; ) {
                long input = (index + done) / width;
                int output = (int) ((index + done) % width);
                int column = output % PANEL_OUTPUTS;
                int length = Math.min(count - done, Math.min(width - output, PANEL_OUTPUTS - column));
                long panelRow = (long) (output / PANEL_OUTPUTS) * spec.inputs() + input;
                write(data, panelRow * PANEL_OUTPUTS + column, numbers, done, length);
                done += length;
            }
        };
    }

    private static void write(FloatDataBuffer data, long index, float[] numbers, int from, int count) {
        data.offset(index).write(numbers, from, count);
    }

    @Override
    public Operand<TFloat32> product(List<Operand<TFloat32>> columns, String name) {
        Operand<TFloat32> x = MatrixFormat.joined(tf, columns);
        Operand<TFloat32> matrix = variables.get(name);
        if (name.equals(WeightSpec.EMBEDDING)) {
            return BatchProducts.ofTransposed(tf, x, matrix);
        }
        Operand<TFloat32> byPanel = BatchProducts.of(tf, tf.expandDims(x, tf.constant(0)), matrix);
        int width = widths(name).stream().mapToInt(Integer::intValue).sum();
        int padded = panels(width) * PANEL_OUTPUTS;
        Operand<TFloat32> product = tf.reshape(
                tf.linalg.transpose(byPanel, tf.constant(new int[] {1, 0, 2})), tf.constant(new int[] {-1, padded}));
        return width == padded
                ? product
                : tf.slice(product, tf.constant(new int[] {0, 0}), tf.constant(new int[] {-1, width}));
    }

    @Override
    public Operand<TFloat32> rows(Operand<TInt32> indices) {
        Operand<TFloat32> embedding = variables.get(WeightSpec.EMBEDDING);
        return tf.gather(embedding, indices, tf.constant(0));
    }
}
