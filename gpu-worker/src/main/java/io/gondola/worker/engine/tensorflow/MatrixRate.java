package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.Device;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.weights.Checkpoint;
import io.gondola.worker.engine.weights.FloatReader;
import io.gondola.worker.engine.weights.RandomWeights;
import io.gondola.worker.engine.weights.TensorEntry;
import java.nio.file.Path;
import java.util.List;
import org.tensorflow.Graph;
import org.tensorflow.Session;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Variable;
import org.tensorflow.types.TFloat32;

/**
 * How fast this machine multiplies matrices at a precision: one large product, by the operations that the engine uses,
 * with nothing around it. The best of several runs counts.
 */
public final class MatrixRate {

    private static final int ROWS = 512;
    private static final int INPUTS = 2048;
    private static final int OUTPUTS = 4096;
    private static final int RUNS = 12;
    private static final String MATRIX = "layers.0.matrix.weight";

    private MatrixRate() {}

    /**
     * Multiplications and additions a second.
     *
     * @param precision none but a resolved one
     * @param threads 0 for all processors
     * @param scratch a directory for a matrix of random numbers; it stays there
     */
    public static double operationsPerSecond(Precision precision, int threads, Path scratch) throws EngineException {
        List<Long> shape = List.of((long) OUTPUTS, (long) INPUTS);
        RandomWeights.write(scratch, List.of(new RandomWeights.Tensor("matrix", shape, false)), 1);
        WeightSpec spec = WeightSpec.of(MATRIX, "matrix", true, OUTPUTS, INPUTS);
        TensorEntry entry = Checkpoint.open(scratch).require("matrix", OUTPUTS, INPUTS);
        try (Graph draft = new Graph();
                Graph graph = new Graph();
                FloatReader reader = new FloatReader()) {
            Ops tf = Ops.create(draft);
            Variables variables = new Variables(tf);
            MatrixFormat format = MatrixFormat.of(precision, tf, variables, false, null);
            format.declare(spec);
            Variable<TFloat32> rows = tf.variable(Shape.of(ROWS, INPUTS), TFloat32.class);
            Op fill = tf.assign(rows, tf.fill(tf.constant(new int[] {ROWS, INPUTS}), tf.constant(0.5f)));
            List<String> products = format.products(List.of(rows), MATRIX).stream()
                    .map(range -> range.op().name())
                    .toList();
            Variables.Assignment values = variables.new Assignment();
            format.load(spec, new MatrixRows(reader, List.of(entry), spec), values);
            graph.importGraphDef(values.withConstants(QuantizedProducts.expand(draft.toGraphDef())));
            try (values;
                    Session session = new Session(graph, Devices.config(Devices.processors(threads), Device.CPU))) {
                values.run(session);
                session.runner().addTarget(GraphNames.of(fill)).run().close();
                return 2.0 * ROWS * INPUTS * OUTPUTS * 1e9 / bestNanos(session, products);
            }
        }
    }

    private static long bestNanos(Session session, List<String> products) {
        long best = Long.MAX_VALUE;
        for (int run = 0; run < RUNS; run++) {
            Session.Runner runner = session.runner();
            products.forEach(runner::addTarget);
            long startNanos = System.nanoTime();
            runner.run().close();
            best = Math.min(best, System.nanoTime() - startNanos);
        }
        return best;
    }
}
