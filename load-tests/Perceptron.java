import java.nio.file.Files;
import java.nio.file.Path;
import org.tensorflow.Graph;
import org.tensorflow.Operand;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.Session;
import org.tensorflow.SessionFunction;
import org.tensorflow.Signature;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.Placeholder;
import org.tensorflow.types.TFloat32;

/**
 * Writes a repository with a perceptron of three layers of 4,096, 200 MB of random weights: once as {@code together}, in
 * batches of 64, and once as {@code alone}, one request a run.
 *
 * <p>Usage: java -cp 'standalone/target/lib/*' load-tests/Perceptron.java DIRECTORY
 */
public final class Perceptron {

    private static final int WIDTH = 4096;
    private static final int LAYERS = 3;

    private Perceptron() {}

    public static void main(String[] args) throws Exception {
        Path repository = Path.of(args[0]);
        write(repository.resolve("together/1"), 64);
        write(repository.resolve("alone/1"), 1);
    }

    private static void write(Path version, int maxBatchSize) throws Exception {
        Files.createDirectories(version);
        Files.writeString(version.resolveSibling("model.yaml"), "max_batch_size: " + maxBatchSize + "\n");
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            Placeholder<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, WIDTH)));
            Operand<TFloat32> y = x;
            for (int layer = 0; layer < LAYERS; layer++) {
                Operand<TFloat32> random =
                        tf.random.randomUniform(tf.constant(new int[] {WIDTH, WIDTH}), TFloat32.class);
                Operand<TFloat32> weights = tf.math.mul(tf.math.sub(random, tf.constant(0.5f)), tf.constant(0.03f));
                y = tf.nn.relu(tf.linalg.matMul(y, tf.variable(weights)));
            }
            session.initialize();
            Signature signature = Signature.builder("serving_default").input("x", x).output("y", y).build();
            SavedModelBundle.exporter(version.toString())
                    .withFunction(SessionFunction.create(signature, session))
                    .export();
        }
    }
}
