package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.tensorflow.DecoderDescription.Norm;
import java.util.List;
import java.util.stream.IntStream;
import org.tensorflow.Operand;
import org.tensorflow.op.Ops;
import org.tensorflow.op.math.Mean;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt32;

/** The parts of a decoder that work on each token by itself: linear layers, norms, activations, the feed-forward part. */
final class DecoderLayers {

    /** Numbers that any processor computes at once are a divisor of this many. */
    private static final int VECTOR_NUMBERS = 16;

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

    /** [tokens, in] to [tokens, out]; with a bias where the weights have one. @param x side by side */
    Operand<TFloat32> linear(List<Operand<TFloat32>> x, String name) {
        Operand<TFloat32> product = weights.product(x, name + ".weight");
        String bias = name + ".bias";
        return weights.has(bias) ? tf.nn.biasAdd(product, weights.get(bias)) : product;
    }

    /** The same range by range, see {@link MatrixFormat#products}. */
    List<Operand<TFloat32>> linears(Operand<TFloat32> x, String name) {
        List<Operand<TFloat32>> products = weights.products(x, name + ".weight");
        String bias = name + ".bias";
        if (!weights.has(bias)) {
            return products;
        }
        List<Operand<TFloat32>> biases = MatrixFormat.divided(tf, weights.get(bias), weights.widths(name + ".weight"));
        return IntStream.range(0, products.size())
                .<Operand<TFloat32>>mapToObj(i -> tf.nn.biasAdd(products.get(i), biases.get(i)))
                .toList();
    }

    /** The output layer, range by range: [tokens, hidden] to [tokens, width] each. */
    List<Operand<TFloat32>> head(Operand<TFloat32> x) {
        return weights.products(x, headMatrix());
    }

    /** Of the ranges of the vocabulary that {@link #head} gives. */
    List<Integer> headWidths() {
        return weights.widths(headMatrix());
    }

    private String headMatrix() {
        return description.tiedHead() ? WeightSpec.EMBEDDING : "head";
    }

    /** Normalises along the last axis. */
    Operand<TFloat32> norm(Operand<TFloat32> x, String name) {
        Norm norm = description.norm();
        return norm.meanSubtracted() ? layerNorm(x, name) : rmsNorm(x, name);
    }

    private Operand<TFloat32> layerNorm(Operand<TFloat32> x, String name) {
        Operand<TFloat32> mean = tf.math.mean(x, lastAxis, Mean.keepDims(true));
        Operand<TFloat32> centred = tf.math.sub(x, mean);
        Operand<TFloat32> variance = tf.math.mean(tf.math.square(centred), lastAxis, Mean.keepDims(true));
        Operand<TFloat32> normal = tf.math.div(centred, deviation(variance));
        return tf.math.add(tf.math.mul(normal, weights.get(name + ".weight")), weights.get(name + ".bias"));
    }

    private Operand<TFloat32> rmsNorm(Operand<TFloat32> x, String name) {
        Operand<TFloat32> meanSquare = tf.math.mean(tf.math.square(x), lastAxis, Mean.keepDims(true));
        return tf.math.mul(tf.math.div(x, deviation(meanSquare)), weights.get(name + ".weight"));
    }

    /**
     * By square root and division, which round exactly: Rsqrt gives other bits to some rows than to others. The maximum
     * keeps TensorFlow from putting Rsqrt back.
     */
    private Operand<TFloat32> deviation(Operand<TFloat32> variance) {
        Operand<TFloat32> root = tf.math.sqrt(
                tf.math.add(variance, tf.constant(description.norm().epsilon())));
        return tf.math.maximum(root, tf.constant(Float.MIN_NORMAL));
    }

    /** The feed-forward part of a layer. */
    Operand<TFloat32> mlp(Operand<TFloat32> x, String layer) {
        List<Operand<TFloat32>> in = linears(x, layer + "mlp_in");
        List<Integer> widths = weights.widths(layer + "mlp_in.weight");
        List<Operand<TFloat32>> active = description.mlp().gated()
                ? List.of(tf.math.mul(activate(in.get(0), widths.get(0)), in.get(1)))
                : IntStream.range(0, in.size())
                        .mapToObj(i -> activate(in.get(i), widths.get(i)))
                        .toList();
        return linear(active, layer + "mlp_out");
    }

    private Operand<TFloat32> activate(Operand<TFloat32> x, int width) {
        return switch (description.mlp().activation()) {
            case GELU ->
                tf.math.mul(half(x), tf.math.add(tf.constant(1f), tf.math.erf(times(x, (float) Math.sqrt(0.5)))));
            case GELU_TANH -> geluByTanh(x, width);
            case QUICK_GELU -> tf.math.mul(x, sigmoid(times(x, 1.702f), width));
            case SILU -> tf.math.mul(x, sigmoid(x, width));
            case RELU -> tf.nn.relu(x);
            case TANH -> tf.math.tanh(x);
        };
    }

    private Operand<TFloat32> geluByTanh(Operand<TFloat32> x, int width) {
        // The same as x * sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)): fewer passes over the numbers.
        float factor = (float) (2 * Math.sqrt(2 / Math.PI));
        Operand<TFloat32> slope = tf.math.add(times(tf.math.square(x), 0.044715f * factor), tf.constant(factor));
        return tf.math.mul(x, sigmoid(tf.math.mul(x, slope), width));
    }

    /** Of [tokens, width]; of the last token by the same formula as of the others. */
    private Operand<TFloat32> sigmoid(Operand<TFloat32> x, int width) {
        Operand<TFloat32> result = tf.math.sigmoid(padded(tf, x, width, 0));
        return width % VECTOR_NUMBERS == 0
                ? result
                : tf.slice(result, tf.constant(new int[] {0, 0}), tf.constant(new int[] {-1, width}));
    }

    /**
     * Rows of {@code width} numbers, filled up to whole vectors. Numbers that are left over at the end of all rows are
     * computed by another formula than those in vectors, which gives exponentials and sigmoids other bits.
     */
    static Operand<TFloat32> padded(Ops tf, Operand<TFloat32> rows, int width, float filling) {
        int missing = (VECTOR_NUMBERS - width % VECTOR_NUMBERS) % VECTOR_NUMBERS;
        return missing == 0
                ? rows
                : tf.pad(rows, tf.constant(new int[][] {{0, 0}, {0, missing}}), tf.constant(filling));
    }

    private Operand<TFloat32> half(Operand<TFloat32> x) {
        return times(x, 0.5f);
    }

    private Operand<TFloat32> times(Operand<TFloat32> x, float factor) {
        return tf.math.mul(x, tf.constant(factor));
    }
}
