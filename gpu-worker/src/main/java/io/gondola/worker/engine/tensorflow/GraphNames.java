package io.gondola.worker.engine.tensorflow;

import org.tensorflow.Operand;
import org.tensorflow.op.Op;

/**
 * Names of what was built in one graph and runs in another: the graph that Java builds is rewritten before the session
 * sees it ({@link QuantizedProducts}), and names are what both have in common.
 */
final class GraphNames {

    private GraphNames() {}

    /** An operation, as a target. */
    static String of(Op op) {
        return op.op().name();
    }

    /** A value, to be fed or fetched. */
    static String of(Operand<?> operand) {
        return operand.op().name() + ":" + operand.asOutput().index();
    }
}
