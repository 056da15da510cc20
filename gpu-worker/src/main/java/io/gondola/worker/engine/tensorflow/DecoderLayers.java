package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.tensorflow.DecoderDescription.Norm;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.linalg.MatMul;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** The parts of a decoder that work on each token by itself: linear layers, norms, activations, the feed-forward part. */
final class DecoderLayers {

    private final Ops tf;
    private final DecoderDescription description;
    private final WeightVariables weights;
    private final Operand<TInt32> lastAxis;

    DecoderLayers(Ops tf, DecoderDescription description, WeightVariables weights) {
        this.tf = tf;
        this.description = description;
        this.weights = weights;
        this.lastAxis = tf.constant(-1);
    }

    /** [tokens, in] to [tokens, out]; with a bias where the weights have one. */
    Operand<TFloat32> linear(Operand<TFloat32> x, String name) {
        String matrix = name + ".weight";
        Operand<TFloat32> product =
                tf.linalg.matMul(x, weights.get(matrix), MatMul.transposeB(weights.isOutputFirst(matrix)));
        String bias = name + ".bias";
        return weights.has(bias) ? tf.nn.biasAdd(product, weights.get(bias)) : product;
    }

    /** The output layer: [tokens, hidden] to [tokens, vocabulary]. */
    Operand<TFloat32> head(Operand<TFloat32> x) {
        String matrix = description.tiedHead() ? "embedding" : "head";
        return tf.linalg.matMul(x, weights.get(matrix), MatMul.transposeB(true));
    }

    /** Normalises along the last axis. */
    Operand<TFloat32> norm(Operand<TFloat32> x, String name) {
        Norm norm = description.norm();
        return norm.meanSubtracted() ? layerNorm(x, name) : rmsNorm(x, name);
    }

    private Operand<TFloat32> layerNorm(Operand<TFloat32> x, String name) {
        Operand<TFloat32> mean = tf.math.mean(x, lastAxis, Mean.keepDims(true));
        Operand<TFloat32> variance = tf.math.mean(tf.math.squaredDifference(x, mean), lastAxis, Mean.keepDims(true));
        Operand<TFloat32> scale = tf.math.rsqrt(tf.math.add(variance, epsilon()));
        Operand<TFloat32> normal = tf.math.mul(tf.math.sub(x, mean), scale);
        return tf.math.add(tf.math.mul(normal, weights.get(name + ".weight")), weights.get(name + ".bias"));
    }

    private Operand<TFloat32> rmsNorm(Operand<TFloat32> x, String name) {
        Operand<TFloat32> meanSquare = tf.math.mean(tf.math.square(x), lastAxis, Mean.keepDims(true));
        Operand<TFloat32> scale = tf.math.rsqrt(tf.math.add(meanSquare, epsilon()));
        return tf.math.mul(tf.math.mul(x, scale), weights.get(name + ".weight"));
    }

    private Operand<TFloat32> epsilon() {
        return tf.constant(description.norm().epsilon());
    }

    /** The feed-forward part of a layer. */
    Operand<TFloat32> mlp(Operand<TFloat32> x, String layer) {
        Operand<TFloat32> in = linear(x, layer + "mlp_in");
        Operand<TFloat32> active;
        if (description.mlp().gated()) {
            var halves = tf.split(tf.constant(1), in, 2L).output();
            active = tf.math.mul(activate(halves.get(0)), halves.get(1));
        } else {
            active = activate(in);
        }
        return linear(active, layer + "mlp_out");
    }

    private Operand<TFloat32> activate(Operand<TFloat32> x) {
        return switch (description.mlp().activation()) {
            case GELU ->
                tf.math.mul(half(x), tf.math.add(tf.constant(1f), tf.math.erf(times(x, (float) Math.sqrt(0.5)))));
            case GELU_TANH -> geluByTanh(x);
            case QUICK_GELU -> tf.math.mul(x, tf.math.sigmoid(times(x, 1.702f)));
            case SILU -> tf.math.mul(x, tf.math.sigmoid(x));
            case RELU -> tf.nn.relu(x);
            case TANH -> tf.math.tanh(x);
        };
    }

    private Operand<TFloat32> geluByTanh(Operand<TFloat32> x) {
        Operand<TFloat32> cube = tf.math.mul(tf.math.square(x), x);
        Operand<TFloat32> inner = times(tf.math.add(x, times(cube, 0.044715f)), (float) Math.sqrt(2 / Math.PI));
        return tf.math.mul(half(x), tf.math.add(tf.constant(1f), tf.math.tanh(inner)));
    }

    private Operand<TFloat32> half(Operand<TFloat32> x) {
        return times(x, 0.5f);
    }

    private Operand<TFloat32> times(Operand<TFloat32> x, float factor) {
        return tf.math.mul(x, tf.constant(factor));
    }
}
