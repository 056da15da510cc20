package io.gondola.worker.engine.tensorflow.savedmodel;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
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
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;

/** Small SavedModels, exported by TensorFlow Java. */
public final class SavedModels {

    private SavedModels() {}

    /** {@code probabilities = softmax(x[?, 2] W)} over two classes, W in a variable; {@code logits} as a second signature. */
    public static void writeClassifier(Path directory, float weight) throws IOException {
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Ops tf = Ops.create(graph);
            Placeholder<TFloat32> x = tf.withName("x").placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
            Operand<TFloat32> w = tf.variable(tf.constant(new float[][] {{weight, 0}, {0, 1}}));
            Operand<TFloat32> logits = tf.linalg.matMul(x, w);
            Operand<TFloat32> probabilities = tf.nn.softmax(logits);
            session.initialize();
            SavedModelBundle.exporter(directory.toString())
                    .withFunctions(
                            SessionFunction.create(
                                    Signature.builder("serving_default")
                                            .input("x", x)
                                            .output("probabilities", probabilities)
                                            .build(),
                                    session),
                            SessionFunction.create(
                                    Signature.builder("raw")
                                            .input("x", x)
                                            .output("logits", logits)
                                            .build(),
                                    session))
                    .export();
        }
    }

    /** {@code y[?] = scale[?] * table[id[?]]}: two inputs of different types, and a failure where an id is no row. */
    public static void writeLookup(Path directory) throws IOException {
        write(directory, tf -> {
            Placeholder<TInt64> id = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(-1)));
            Placeholder<TFloat32> scale = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
            Operand<TFloat32> found = tf.gather(tf.constant(new float[] {10, 20, 30, 40}), id, tf.constant(0));
            return Signature.builder("serving_default")
                    .input("id", id)
                    .input("scale", scale)
                    .output("y", tf.math.mul(found, scale))
                    .build();
        });
    }

    /** {@code greeting[?] = "hello, " + name[?]}. */
    public static void writeGreeting(Path directory) throws IOException {
        write(directory, tf -> {
            Placeholder<TString> name = tf.placeholder(TString.class, Placeholder.shape(Shape.of(-1)));
            return Signature.builder("serving_default")
                    .input("name", name)
                    .output("greeting", tf.strings.join(List.of(tf.constant("hello, "), name)))
                    .build();
        });
    }

    private static void write(Path directory, Function<Ops, Signature> body) throws IOException {
        try (Graph graph = new Graph();
                Session session = new Session(graph)) {
            Signature signature = body.apply(Ops.create(graph));
            SavedModelBundle.exporter(directory.toString())
                    .withFunction(SessionFunction.create(signature, session))
                    .export();
        }
    }
}
