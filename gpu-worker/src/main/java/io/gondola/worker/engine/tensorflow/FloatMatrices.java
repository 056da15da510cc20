package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.FloatDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/**
 * Matrices in single precision, [in, out], which multiplies twice as fast as [out, in]; save the embedding, whose rows
 * are looked up.
 */
final class FloatMatrices implements MatrixFormat {

    private final Ops tf;
    private final Variables variables;
    private final Map<String, List<Integer>> widths = new HashMap<>();

    FloatMatrices(Ops tf, Variables variables) {
        this.tf = tf;
        this.variables = variables;
    }

    @Override
    public void declare(WeightSpec spec) {
        widths.put(spec.name(), spec.widths());
        variables.declare(spec.name(), TFloat32.class, shape(spec));
    }

    private static Shape shape(WeightSpec spec) {
        return spec.isEmbedding() ? Shape.of(spec.outputs(), spec.inputs()) : Shape.of(spec.inputs(), spec.outputs());
    }

    @Override
    public void load(WeightSpec spec, MatrixRows source, Variables.Assignment target) throws EngineException {
        FloatDataBuffer data = target.add(spec.name(), TFloat32.class, shape(spec))
                .asRawTensor()
                .data()
                .asFloats();
        boolean turned = spec.outputFirst() && !spec.isEmbedding();
        Cells cells = (index, numbers, count) -> data.offset(index).write(numbers, 0, count);
        source.read((first, count, numbers) -> {
            if (turned) {
                MatrixFormat.transpose(numbers, first, count, source.columns, source.rows, cells);
            } else {
                MatrixFormat.copy(numbers, first, count, source.columns, cells);
            }
        });
    }

    @Override
    public List<Integer> widths(String name) {
        return Objects.requireNonNull(widths.get(name), name);
    }

    @Override
    public List<Operand<TFloat32>> products(List<Operand<TFloat32>> x, String name) {
        return MatrixFormat.divided(tf, product(x, name), widths(name));
    }

    @Override
    public Operand<TFloat32> product(List<Operand<TFloat32>> columns, String name) {
        Operand<TFloat32> x = MatrixFormat.joined(tf, columns);
        Operand<TFloat32> matrix = variables.get(name);
        return tf.linalg.matMul(x, matrix, MatMul.transposeB(name.equals(WeightSpec.EMBEDDING)));
    }

    @Override
    public Operand<TFloat32> rows(Operand<TInt32> indices) {
        Operand<TFloat32> embedding = variables.get(WeightSpec.EMBEDDING);
        return tf.gather(embedding, indices, tf.constant(0));
    }
}
