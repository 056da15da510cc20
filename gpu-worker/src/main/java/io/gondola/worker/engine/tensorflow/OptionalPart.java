package io.gondola.worker.engine.tensorflow;

import java.util.List;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.family.TType;

/**
 * A part of the graph that is skipped where there is nothing for it to compute. By Switch and Merge: what a Switch does not
 * send is dead, and TensorFlow runs no operation with a dead input, until Merge takes the empty result instead.
 */
final class OptionalPart {

    private final Ops tf;
    private final Operand<TBool> wanted;

    /** @param rows how many there are to compute; a scalar */
    OptionalPart(Ops tf, Operand<TInt32> rows) {
        this.tf = tf;
        this.wanted = tf.math.greater(rows, tf.constant(0));
    }

    /** An input of the part. All that the part computes anew must depend on one. */
    <T extends TType> Operand<T> input(Operand<T> x) {
        return tf.switchCond(x, wanted).outputTrue();
    }

    /** What the part gave, [rows, width]; of no rows where it was skipped. */
    Operand<TFloat32> output(Operand<TFloat32> result, int width) {
        Operand<TFloat32> empty = tf.fill(tf.constant(new int[] {0, width}), tf.constant(0f));
        return tf.merge(List.of(result, tf.switchCond(empty, wanted).outputFalse()))
                .output();
    }
}
