package io.gondola.worker.embedding;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.weights.Checkpoint;
import io.gondola.worker.engine.weights.ConfigFile;
import io.gondola.worker.engine.weights.FloatReader;
import io.gondola.worker.engine.weights.TensorEntry;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** A matrix, a bias and an activation behind the pooling, as sentence-transformers' {@code Dense}. */
final class DenseLayer implements VectorStep {

    private static final int FEATURES_MAX = 65_536;
    private static final String ACTIVATION_DEFAULT = "torch.nn.modules.activation.Tanh";
    private static final Map<String, DoubleUnaryOperator> ACTIVATIONS = Map.of(
            ACTIVATION_DEFAULT,
            Math::tanh,
            "torch.nn.modules.linear.Identity",
            x -> x,
            "torch.nn.modules.activation.ReLU",
            x -> Math.max(0, x),
            "torch.nn.modules.activation.Sigmoid",
            x -> 1 / (1 + Math.exp(-x)));

    /** [out, in] */
    private final float[] weight;
    /** [out] */
    private final float[] bias;

    private final int in;
    private final DoubleUnaryOperator activation;

    private DenseLayer(float[] weight, float[] bias, int in, DoubleUnaryOperator activation) {
        this.weight = weight;
        this.bias = bias;
        this.in = in;
        this.activation = activation;
    }

    /** Reads {@code config.json} and {@code model.safetensors}. */
    static DenseLayer read(Path directory) throws EngineException {
        ConfigFile config = ConfigFile.read(directory.resolve("config.json"));
        int in = config.requireInt("in_features", 1, FEATURES_MAX);
        int out = config.requireInt("out_features", 1, FEATURES_MAX);
        String name = config.text("activation_function").orElse(ACTIVATION_DEFAULT);
        DoubleUnaryOperator activation = ACTIVATIONS.get(name);
        if (activation == null) {
            throw config.error("activation_function " + name + " is not known; expected one of "
                    + ACTIVATIONS.keySet().stream().sorted().toList());
        }
        Checkpoint checkpoint = Checkpoint.open(directory);
        float[] bias = config.flag("bias", true) ? read(checkpoint.require("linear.bias", out), out) : new float[out];
        float[] weight = read(checkpoint.require("linear.weight", out, in), Math.multiplyExact(out, in));
        return new DenseLayer(weight, bias, in, activation);
    }

    private static float[] read(TensorEntry tensor, int count) throws EngineException {
        float[] values = new float[count];
        int[] at = {0};
        try (FloatReader reader = new FloatReader()) {
            reader.read(tensor, (floats, length) -> {
                System.arraycopy(floats, 0, values, at[0], length);
                at[0] += length;
            });
        }
        return values;
    }

    @Override
    public float[] apply(float[] vector) {
        if (vector.length != in) {
            throw new IllegalStateException(
                    "the Dense module takes " + in + " dimensions, and the model gives " + vector.length);
        }
        float[] result = new float[bias.length];
        for (int o = 0; o < result.length; o++) {
            double sum = bias[o];
            for (int i = 0; i < in; i++) {
                sum += (double) weight[o * in + i] * vector[i];
            }
            result[o] = (float) activation.applyAsDouble(sum);
        }
        return result;
    }

    @Override
    public int widthAfter(int width) {
        return bias.length;
    }
}
