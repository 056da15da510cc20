package io.gondola.worker.engine.tensorflow;

import java.util.HashMap;
import java.util.Map;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** Which keys a query may look at, as numbers that are added to its scores. */
final class AttentionMask {

    /** Far below any score, far above minus infinity: a sum with it stays a number, and its exponential is 0. */
    static final float MASKED = -1e30f;

    private final Ops tf;
    private final Operand<TInt32> keyPositions;
    private final Operand<TInt32> queryPositions;
    private final Map<Integer, Operand<TFloat32>> byWindow = new HashMap<>();

    /** @param queryPositions of a shape that broadcasts with that of {@code keyPositions} to that of the scores */
    AttentionMask(Ops tf, Operand<TInt32> keyPositions, Operand<TInt32> queryPositions) {
        this.tf = tf;
        this.keyPositions = keyPositions;
        this.queryPositions = queryPositions;
    }

    /** 0 where a query may look: at itself and what is before it, as far as the window goes. */
    Operand<TFloat32> of(int windowTokens) {
        return byWindow.computeIfAbsent(windowTokens, this::build);
    }

    private Operand<TFloat32> build(int windowTokens) {
        Operand<TBool> allowed = tf.math.lessEqual(keyPositions, queryPositions);
        if (windowTokens > 0) {
            allowed = tf.math.logicalAnd(
                    allowed, tf.math.greater(keyPositions, tf.math.sub(queryPositions, tf.constant(windowTokens))));
        }
        return tf.select(allowed, tf.constant(0f), tf.constant(MASKED));
    }
}
