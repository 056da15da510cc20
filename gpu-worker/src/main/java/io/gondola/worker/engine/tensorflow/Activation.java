package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.weights.ConfigFile;
import java.util.Map;
import java.util.TreeMap;

/** The nonlinearity inside a decoder's feed-forward part. */
enum Activation {
    /** x / 2 * (1 + erf(x / sqrt 2)). */
    GELU,
    /** GELU by tanh: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))). */
    GELU_TANH,
    /** x * sigmoid(1.702 x). */
    QUICK_GELU,
    /** x * sigmoid(x). */
    SILU,
    RELU,
    TANH;

    private static final Map<String, Activation> BY_NAME = new TreeMap<>(Map.of(
            "gelu", GELU,
            "gelu_new", GELU_TANH,
            "gelu_fast", GELU_TANH,
            "gelu_pytorch_tanh", GELU_TANH,
            "quick_gelu", QUICK_GELU,
            "silu", SILU,
            "swish", SILU,
            "relu", RELU,
            "tanh", TANH));

    /** The activation that a field of config.json names. */
    static Activation of(ConfigFile config, String field, String byDefault) throws EngineException {
        String name = config.text(field).orElse(byDefault);
        Activation activation = BY_NAME.get(name);
        if (activation == null) {
            throw config.error(
                    field + " \"" + name + "\" is not supported; supported are " + String.join(", ", BY_NAME.keySet()));
        }
        return activation;
    }
}
