package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.weights.ConfigFile;
import java.util.Map;
import java.util.TreeMap;

/**
 * Fields of models related to Llama that change what is computed, and that this graph does not compute. Most of what a
 * config.json may hold besides is about training or generation; a model with one of these would load and answer nonsense.
 */
final class UnsupportedFields {

    /** With the values that change nothing. */
    private static final Map<String, Double> NUMBERS = new TreeMap<>(Map.ofEntries(
            Map.entry("attention_chunk_size", 0.0),
            Map.entry("attn_logit_softcapping", 0.0),
            Map.entry("clip_qkv", 0.0),
            Map.entry("embedding_multiplier", 1.0),
            Map.entry("final_logit_softcapping", 0.0),
            Map.entry("logit_scale", 1.0),
            Map.entry("logits_scaling", 1.0),
            Map.entry("n_routed_experts", 0.0),
            Map.entry("num_experts", 0.0),
            Map.entry("num_local_experts", 0.0),
            Map.entry("residual_multiplier", 1.0)));

    private static final Map<String, Boolean> FLAGS = new TreeMap<>(Map.of(
            "attn_temperature_tuning", false,
            "is_causal", true,
            "use_bidirectional_attention", false,
            "use_qk_norm", false));

    /** A layer's entry where it has rotary positions. */
    private static final int ROTARY_LAYER = 1;

    private static final double SCALE_TOLERANCE = 1e-4;

    private UnsupportedFields() {}

    /** An error that names the first of them that is not neutral. */
    static void refuse(ConfigFile config, int headSize) throws EngineException {
        for (Map.Entry<String, Double> field : NUMBERS.entrySet()) {
            double number = number(config, field.getKey(), field.getValue());
            if (number != field.getValue()) {
                throw unsupported(config, field.getKey(), number);
            }
        }
        for (Map.Entry<String, Boolean> field : FLAGS.entrySet()) {
            if (config.flag(field.getKey(), field.getValue()) != field.getValue()) {
                throw unsupported(config, field.getKey(), !field.getValue());
            }
        }
        requireNear(config, "attention_multiplier", 1 / Math.sqrt(headSize));
        // Scores are divided by its root.
        requireNear(config, "query_pre_attn_scalar", headSize);
        refuseLayersWithoutPositions(config);
    }

    private static void requireNear(ConfigFile config, String field, double usual) throws EngineException {
        double number = number(config, field, usual);
        if (Math.abs(number / usual - 1) > SCALE_TOLERANCE) {
            throw unsupported(config, field, number);
        }
    }

    /** Which layers have none is told one by one, or, where that is left out, by how many apart they are. */
    private static void refuseLayersWithoutPositions(ConfigFile config) throws EngineException {
        double interval = number(config, "no_rope_layer_interval", 0);
        if (interval != 0 && !config.has("no_rope_layers")) {
            throw unsupported(config, "no_rope_layer_interval", interval);
        }
        for (int layer : config.integers("no_rope_layers", 0, Architecture.LAYERS_MAX)) {
            if (layer != ROTARY_LAYER) {
                throw config.error("no_rope_layers: layers without rotary positions are not supported");
            }
        }
    }

    private static double number(ConfigFile config, String field, double byDefault) throws EngineException {
        return config.number(field, -Double.MAX_VALUE, Double.MAX_VALUE, byDefault);
    }

    private static EngineException unsupported(ConfigFile config, String field, Object value) {
        return config.error(field + " " + value + " is not supported");
    }
}
