package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gondola.worker.engine.Device;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.weights.Checkpoint;
import io.gondola.worker.engine.weights.FloatReader;
import io.gondola.worker.engine.weights.RandomWeights;
import io.gondola.worker.engine.weights.TensorEntry;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.Result;
import org.tensorflow.Session;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

class QuantizedMatricesTest {

    private static final int ROWS = 16;
    private static final int INPUTS = 512;
    private static final int OUTPUTS = 256;
    private static final String MATRIX = "layers.0.matrix.weight";

    @TempDir
    Path directory;

    /** Rounding errs to both sides alike; a scale that is off by half a step of 127 would show as 0.4 %. */
    @Test
    void productsAreNeitherTooLargeNorTooSmall() throws Exception {
        RandomWeights.write(
                directory,
                List.of(new RandomWeights.Tensor("matrix", List.of((long) OUTPUTS, (long) INPUTS), false)),
                1);
        WeightSpec spec = WeightSpec.of(MATRIX, "matrix", true, OUTPUTS, INPUTS);
        TensorEntry entry = Checkpoint.open(directory).require("matrix", OUTPUTS, INPUTS);
        float[] matrix = new float[OUTPUTS * INPUTS];
        float[] rows = random(ROWS * INPUTS);
        try (Graph draft = new Graph();
                Graph graph = new Graph();
                FloatReader reader = new FloatReader()) {
            new MatrixRows(reader, List.of(entry), spec)
                    .read((first, count, numbers) ->
                            System.arraycopy(numbers, 0, matrix, first * INPUTS, count * INPUTS));
            Ops tf = Ops.create(draft);
            Variables variables = new Variables(tf);
            MatrixFormat format = MatrixFormat.of(Precision.INT8, tf, variables, false, null);
            format.declare(spec);
            Placeholder<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, INPUTS)));
            Operand<TFloat32> product = format.product(List.of(x), MATRIX);
            Variables.Assignment values = variables.new Assignment();
            format.load(spec, new MatrixRows(reader, List.of(entry), spec), values);
            graph.importGraphDef(values.withConstants(QuantizedProducts.expand(draft.toGraphDef())));
            try (values;
                    Session session = new Session(graph, Devices.config(1, Device.CPU));
                    TFloat32 fed = Tensor.of(TFloat32.class, Shape.of(ROWS, INPUTS))) {
                values.run(session);
                fed.asRawTensor().data().asFloats().write(rows);
                try (Result result = session.runner()
                        .feed(GraphNames.of(x), fed)
                        .fetch(GraphNames.of(product))
                        .run()) {
                    assertThat(slope((TFloat32) result.get(0), rows, matrix)).isCloseTo(1, within(0.001));
                }
            }
        }
    }

    private static float[] random(int count) {
        Random random = new Random(3);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    /** What factor the exact products must be given to come nearest to these. */
    private static double slope(TFloat32 products, float[] rows, float[] matrix) {
        double common = 0;
        double squares = 0;
        for (int row = 0; row < ROWS; row++) {
            for (int output = 0; output < OUTPUTS; output++) {
                double exact = 0;
                for (int i = 0; i < INPUTS; i++) {
                    exact += (double) rows[row * INPUTS + i] * matrix[output * INPUTS + i];
                }
                common += exact * products.getFloat(row, output);
                squares += exact * exact;
            }
        }
        return common / squares;
    }
}
