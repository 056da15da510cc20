package io.gondola.standalone;

import java.io.IOException;
import java.nio.file.Path;
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

/** SavedModels for integration tests, exported by TensorFlow Java. */
final class SmallModels {

    private SmallModels() {}

    /** {@code y[?, 2] = x[?, 2] * factor}. */
    static void writeScale(Path directory, float factor) throws IOException {
        write(directory, tf -> {
            Placeholder<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
            return Signature.builder("serving_default")
                    .input("x", x)
                    .output("y", tf.math.mul(x, tf.constant(factor)))
                    .build();
        });
    }

    /** {@code y[?] = scale[?] * table[id[?]]}; a failure where an id is no row, and no number where scale is none. */
    static void writeLookup(Path directory) throws IOException {
        write(directory, tf -> {
            Placeholder<TInt64> id = tf.placeholder(TInt64.class, Placeholder.shape(Shape.of(-1)));
            Placeholder<TFloat32> scale = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
            Operand<TFloat32> found = tf.gather(tf.constant(new float[] {10, 20, 30, 40}), id, tf.constant(0));
            Operand<TFloat32> y = tf.math.div(found, scale);
            return Signature.builder("serving_default")
                    .input("id", id)
                    .input("scale", scale)
                    .output("y", y)
                    .output("twice", tf.math.add(y, y))
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
