package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.ShortDataBuffer;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Matrices in bfloat16, [out, in], the order in which its instructions are fastest for few rows. */
final class BrainFloatMatrices extends WholeMatrices {

    BrainFloatMatrices(Ops tf, Variables variables) {
        super(tf, variables);
    }

    @Override
    public void declare(WeightSpec spec) {
        super.declare(spec);
        variables.declare(spec.name(), TBfloat16.class, Shape.of(spec.outputs(), spec.inputs()));
    }

    @Override
    public void load(WeightSpec spec, MatrixRows source, Variables.Assignment target) throws EngineException {
        ShortDataBuffer data = target.add(spec.name(), TBfloat16.class, Shape.of(spec.outputs(), spec.inputs()))
                .asRawTensor()
                .data()
                .asShorts();
        short[] rounded = new short[source.groupNumbers()];
        Cells cells = (index, numbers, count) -> {
            for (int i = 0; i < count; i++) {
                rounded[i] = rounded(numbers[i]);
            }
            data.offset(index).write(rounded, 0, count);
        };
        source.read((first, count, numbers) -> {
            if (spec.outputFirst()) {
                MatrixFormat.copy(numbers, first, count, source.columns, cells);
            } else {
                MatrixFormat.transpose(numbers, first, count, source.columns, source.rows, cells);
            }
        });
    }

    /** The nearest bfloat16, ties to even; not a number stays none. */
    static short rounded(float number) {
        int bits = Float.floatToIntBits(number);
        if (Float.isNaN(number)) {
            return (short) (bits >>> 16);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    @Override
    public Operand<TFloat32> product(List<Operand<TFloat32>> columns, String name) {
        Operand<TFloat32> x = MatrixFormat.joined(tf, columns);
        Operand<TBfloat16> matrix = variables.get(name);
        Operand<TBfloat16> rounded = tf.dtypes.cast(x, TBfloat16.class);
        return tf.dtypes.cast(tf.linalg.matMul(rounded, matrix, MatMul.transposeB(true)), TFloat32.class);
    }

    @Override
    public Operand<TFloat32> rows(Operand<TInt32> indices) {
        Operand<TBfloat16> embedding = variables.get(WeightSpec.EMBEDDING);
        return tf.dtypes.cast(tf.gather(embedding, indices, tf.constant(0)), TFloat32.class);
    }
}
