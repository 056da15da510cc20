package io.gondola.worker.engine.tensorflow;

import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TFloat32;

/**
 * Products of many small matrices by {@code BatchMatMulV2}. TensorFlow Java offers only the third version, which oneDNN
 * does not compute: it is slower, and the bits of a row depend on how many rows there are.
 */
final class BatchProducts {

    private BatchProducts() {}

    /** [..., rows, n] times [..., n, columns]; leading axes broadcast. */
    static Operand<TFloat32> of(Ops tf, Operand<TFloat32> x, Operand<TFloat32> y) {
        return of(tf, x, y, false);
    }

    /** [..., rows, n] times the transpose of [..., columns, n]. */
    static Operand<TFloat32> ofTransposed(Ops tf, Operand<TFloat32> x, Operand<TFloat32> y) {
        return of(tf, x, y, true);
    }

    private static Operand<TFloat32> of(Ops tf, Operand<TFloat32> x, Operand<TFloat32> y, boolean transposed) {
        return tf.scope()
                .opBuilder("BatchMatMulV2", tf.scope().makeOpName("BatchMatMulV2"))
                .addInput(x.asOutput())
                .addInput(y.asOutput())
                .setAttr("adj_y", transposed)
                .build()
                .output(0);
    }
}
