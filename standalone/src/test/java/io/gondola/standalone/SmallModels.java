package io.gondola.standalone;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
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
import org.tensorflow.types.TBfloat16;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat16;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;

/** SavedModels for integration tests, exported by TensorFlow Java. */
public final class SmallModels {

    private SmallModels() {}

    /** {@code y[?, 2] = x[?, 2] * factor}. */
    public static void writeScale(Path directory, float factor) throws IOException {
        write(directory, tf -> {
            Placeholder<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1, 2)));
            return Signature.builder("serving_default")
                    .input("x", x)
                    .output("y", tf.math.mul(x, tf.constant(factor)))
                    .build();
        });
    }

    /** {@code y[?] = scale[?] * table[id[?]]}; a failure where an id is no row, and no number where scale is none. */
    public static void writeLookup(Path directory) throws IOException {
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

    /** {@code y[?] = x[?]}, and products of matrices that take a while. */
    static void writeSlow(Path directory) throws IOException {
        write(directory, tf -> {
            Placeholder<TFloat32> x = tf.placeholder(TFloat32.class, Placeholder.shape(Shape.of(-1)));
            Operand<TFloat32> matrix = tf.fill(tf.constant(new int[] {1_200, 1_200}), tf.math.mean(x, tf.constant(0)));
            Operand<TFloat32> product = matrix;
            for (int i = 0; i < 6; i++) {
                product = tf.math.tanh(tf.linalg.matMul(product, matrix));
            }
            Operand<TFloat32> nothing =
                    tf.math.mul(tf.math.mean(product, tf.constant(new int[] {0, 1})), tf.constant(0f));
            return Signature.builder("serving_default")
                    .input("x", x)
                    .output("y", tf.math.add(x, nothing))
                    .build();
        });
    }

    /** Gives back what comes in, of each type under its name in small letters. */
    static void writeMirror(Path directory) throws IOException {
        write(directory, tf -> {
            Signature.Builder signature = Signature.builder("serving_default");
            Map<String, Class<? extends TType>> types = new LinkedHashMap<>();
            types.put("bool", TBool.class);
            types.put("uint8", TUint8.class);
            types.put("int32", TInt32.class);
            types.put("int64", TInt64.class);
            types.put("fp16", TFloat16.class);
            types.put("bf16", TBfloat16.class);
            types.put("fp32", TFloat32.class);
            types.put("fp64", TFloat64.class);
            types.put("bytes", TString.class);
            types.forEach((name, type) -> {
                Placeholder<? extends TType> in = tf.placeholder(type, Placeholder.shape(Shape.of(-1, 2)));
                signature.input(name, in).output(name + "_back", tf.identity(in));
            });
            return signature.build();
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
