package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.weights.ConfigFile;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the rotary positions of a config.json: {@code rope_parameters} as transformers 5 writes it, or the older {@code
 * rope_theta} and {@code rope_scaling}. The formulas are those of transformers' modeling_rope_utils.
 */
final class RotaryConfig {

    private static final String KNOWN_TYPES = "default, dynamic, linear, llama3, yarn";
    private static final String ORIGINAL = "original_max_position_embeddings";
    private static final double FACTOR_MAX = 1e6;
    private static final double THETA_MIN = 1.001;
    private static final double THETA_MAX = 1e15;
    private static final double THETA_DEFAULT = 10_000;

    private final ConfigFile config;
    private final ConfigFile scaling;
    private final int contextTokensMax;
    private final double theta;
    private final double[] plain;

    private RotaryConfig(ConfigFile config, ConfigFile scaling, int headSize, int contextTokensMax, double theta) {
        this.config = config;
        this.scaling = scaling;
        this.contextTokensMax = contextTokensMax;
        this.theta = theta;
        this.plain = plain(theta, headSize);
    }

    static RotaryFrequencies frequencies(ConfigFile config, int headSize, int contextTokensMax) throws EngineException {
        requireWholeHeads(config);
        ConfigFile parameters = config.object("rope_parameters").orElse(config);
        // As in transformers, the older name wins where both are there: it was added by hand.
        ConfigFile scaling = config.object("rope_scaling")
                .filter(older -> !older.fields().isEmpty())
                .orElse(parameters);
        double theta = theta(scaling, theta(config, theta(parameters, THETA_DEFAULT)));
        if (scaling == config) {
            return new RotaryFrequencies(plain(theta, headSize), 1);
        }
        requireOneForAllLayers(scaling);
        requireWholeHeads(scaling);
        return new RotaryConfig(config, scaling, headSize, contextTokensMax, theta).scaled();
    }

    private static double theta(ConfigFile config, double byDefault) throws EngineException {
        return config.number("rope_theta", THETA_MIN, THETA_MAX, byDefault);
    }

    /** transformers also writes an object for each type of layer; the architectures here have one for all. */
    private static void requireOneForAllLayers(ConfigFile parameters) throws EngineException {
        for (String field : parameters.fields()) {
            if (field.endsWith("_attention")) {
                throw parameters.error(field + ": rotary parameters by type of layer are not supported");
            }
        }
    }

    private static void requireWholeHeads(ConfigFile config) throws EngineException {
        for (String field : List.of("partial_rotary_factor", "rotary_pct")) {
            if (config.number(field, 0, 1, 1) != 1) {
                throw config.error(field + " other than 1 is not supported");
            }
        }
    }

    private static double[] plain(double theta, int headSize) {
        double[] frequencies = new double[headSize / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = Math.pow(theta, -2.0 * i / headSize);
        }
        return frequencies;
    }

    private RotaryFrequencies scaled() throws EngineException {
        if (scaling.has("mrope_section")) {
            throw scaling.error("mrope_section: rotary positions in several dimensions are not supported");
        }
        String type = scaling.text("rope_type").orElse(scaling.text("type").orElse("default"));
        return switch (type) {
            case "default" -> new RotaryFrequencies(plain, 1);
            case "linear" -> new RotaryFrequencies(divided(scaling.requireNumber("factor", 1, FACTOR_MAX)), 1);
            case "dynamic" -> dynamic();
            case "llama3" -> new RotaryFrequencies(llama3(), 1);
            case "yarn" -> yarn();
            default -> throw scaling.error("rope_type \"" + type + "\" is not supported; supported are " + KNOWN_TYPES);
        };
    }

    private double[] divided(double factor) {
        return Arrays.stream(plain).map(frequency -> frequency / factor).toArray();
    }

    /** NTK scaling begins beyond the model's own context, which no sequence here exceeds. */
    private RotaryFrequencies dynamic() throws EngineException {
        scaling.requireNumber("factor", 1, FACTOR_MAX);
        return new RotaryFrequencies(plain, 1);
    }

    /** The context that was trained with, before it was stretched. As in transformers, the model's own field wins. */
    private int original(int byDefault) throws EngineException {
        int inScaling = scaling.optionalInt(ORIGINAL, 1, Architecture.CONTEXT_TOKENS_MAX)
                .orElse(byDefault);
        return config.optionalInt(ORIGINAL, 1, Architecture.CONTEXT_TOKENS_MAX).orElse(inScaling);
    }

    /** Slow pairs are stretched by the factor, fast ones stay, those between are blended. */
    private double[] llama3() throws EngineException {
        double factor = scaling.requireNumber("factor", 1, FACTOR_MAX);
        double low = scaling.requireNumber("low_freq_factor", 1e-6, FACTOR_MAX);
        double high = scaling.requireNumber("high_freq_factor", 1e-6, FACTOR_MAX);
        int original = config.has(ORIGINAL)
                ? original(contextTokensMax)
                : scaling.requireInt(ORIGINAL, 1, Architecture.CONTEXT_TOKENS_MAX);
        if (!(high > low)) {
            throw scaling.error("high_freq_factor " + high + " must be above low_freq_factor " + low);
        }
        return Arrays.stream(plain)
                .map(frequency -> {
                    double turns = original * frequency / (2 * Math.PI);
                    double kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
                    return (1 - kept) * frequency / factor + kept * frequency;
                })
                .toArray();
    }

    /** YaRN (arXiv:2309.00071): pairs that turn seldom are stretched, those that turn often stay, a ramp between. */
    private RotaryFrequencies yarn() throws EngineException {
        int original = original(contextTokensMax);
        double factor = scaling.number("factor", 1e-6, FACTOR_MAX, (double) contextTokensMax / original);
        double first = pairThatTurns(scaling.number("beta_fast", 1e-6, FACTOR_MAX, 32), original);
        double last = pairThatTurns(scaling.number("beta_slow", 1e-6, FACTOR_MAX, 1), original);
        if (scaling.flag("truncate", true)) {
            first = Math.floor(first);
            last = Math.ceil(last);
        }
        first = Math.max(first, 0);
        last = Math.min(last, 2.0 * plain.length - 1);
        double width = last == first ? 0.001 : last - first;
        double[] inverse = new double[plain.length];
        for (int i = 0; i < inverse.length; i++) {
            double stretched = Math.min(1, Math.max(0, (i - first) / width));
            inverse[i] = plain[i] / factor * stretched + plain[i] * (1 - stretched);
        }
        return new RotaryFrequencies(inverse, magnitude(factor));
    }

    /** The (fractional) pair that turns so often within the original context. */
    private double pairThatTurns(double turns, int original) {
        return plain.length * Math.log(original / (turns * 2 * Math.PI)) / Math.log(theta);
    }

    private double magnitude(double factor) throws EngineException {
        double scale = scaling.number("mscale", 0, FACTOR_MAX, 0);
        double scaleAllDimensions = scaling.number("mscale_all_dim", 0, FACTOR_MAX, 0);
        double byDefault = scale != 0 && scaleAllDimensions != 0
                ? magnitude(factor, scale) / magnitude(factor, scaleAllDimensions)
                : magnitude(factor, 1);
        return scaling.number("attention_factor", 1e-6, FACTOR_MAX, byDefault);
    }

    private static double magnitude(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }
}
