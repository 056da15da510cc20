package io.gondola.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gondola.gateway.text.GenerationDefaults;
import io.gondola.gateway.text.ServedModel;
import io.gondola.protocol.SamplingParams;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** The fields that say how tokens are drawn; what a request leaves out comes from the model's generation_config.json. */
final class SamplingFields {

    /** Temperatures below are greedy, as in vLLM: logits divided by them would overflow. */
    static final double GREEDY_BELOW = 1e-5;

    static final double TEMPERATURE_MAX = 2;
    static final double PENALTY_MAX = 2;
    static final double BIAS_MAX = 100;
    static final double REPETITION_PENALTY_MAX = 1000;

    private static final int[] NO_TOKENS = {};
    private static final float[] NO_VALUES = {};

    private SamplingFields() {}

    /** The seed, or null when the client names none. */
    static @Nullable Long seed(Fields fields) {
        return fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE);
    }

    static SamplingParams parse(Fields fields, ServedModel model, @Nullable Long seed) {
        GenerationDefaults defaults = model.defaults();
        double temperature = or(fields.number("temperature", 0, TEMPERATURE_MAX), defaults.temperature());
        Long topK = fields.integer("top_k", -1, Long.MAX_VALUE);
        int[] biasTokens = NO_TOKENS;
        float[] biasValues = NO_VALUES;
        Map.Entry<int[], float[]> bias = bias(fields, model.vocabularySize());
        if (bias != null) {
            biasTokens = bias.getKey();
            biasValues = bias.getValue();
        }
        return new SamplingParams(
                temperature < GREEDY_BELOW ? 0 : (float) temperature,
                topP(fields, defaults.topP()),
                topK == null ? defaults.topK() : (int) Math.max(0, Math.min(topK, Integer.MAX_VALUE)),
                (float) or(fields.number("min_p", 0, 1), defaults.minP()),
                seed == null ? ThreadLocalRandom.current().nextLong() : seed,
                (float) or(fields.number("presence_penalty", -PENALTY_MAX, PENALTY_MAX), 0),
                (float) or(fields.number("frequency_penalty", -PENALTY_MAX, PENALTY_MAX), 0),
                repetitionPenalty(fields, defaults.repetitionPenalty()),
                biasTokens,
                biasValues);
    }

    private static float topP(Fields fields, float missing) {
        Double topP = fields.number("top_p", 0, 1);
        if (topP == null) {
            return missing;
        }
        if (topP == 0) {
            throw fields.outOfRange("top_p", "decimal", true, "> 0", fields.require("top_p"));
        }
        return Math.max((float) topP.doubleValue(), Float.MIN_NORMAL);
    }

    private static float repetitionPenalty(Fields fields, float missing) {
        Double penalty = fields.number("repetition_penalty", 0, REPETITION_PENALTY_MAX);
        if (penalty == null) {
            return missing;
        }
        if ((float) penalty.doubleValue() < Float.MIN_NORMAL) {
            throw fields.outOfRange("repetition_penalty", "decimal", true, "> 0", fields.require("repetition_penalty"));
        }
        return (float) penalty.doubleValue();
    }

    private static Map.@Nullable Entry<int[], float[]> bias(Fields fields, int vocabularySize) {
        JsonNode value = fields.find("logit_bias");
        if (value == null) {
            return null;
        }
        if (!(value instanceof ObjectNode object)) {
            throw fields.wrongType("logit_bias", "an object", value);
        }
        if (object.size() > SamplingParams.BIAS_TOKENS_MAX) {
            throw ApiException.invalid(
                    "logit_bias",
                    "object_above_max_properties",
                    "Invalid 'logit_bias': at most " + SamplingParams.BIAS_TOKENS_MAX
                            + " tokens can be biased, but got " + object.size() + ".");
        }
        int[] tokens = new int[object.size()];
        float[] values = new float[tokens.length];
        int count = 0;
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            tokens[count] = tokenId(entry.getKey(), vocabularySize);
            values[count++] = (float) Fields.inRange("logit_bias", entry.getValue(), -BIAS_MAX, BIAS_MAX);
        }
        return Map.entry(tokens, values);
    }

    private static int tokenId(String key, int vocabularySize) {
        try {
            int id = Integer.parseInt(key);
            if (id >= 0 && id < vocabularySize && Integer.toString(id).equals(key)) {
                return id;
            }
        } catch (NumberFormatException e) {
            // Told below, like an id that is out of range.
        }
        throw ApiException.invalid(
                "logit_bias",
                "invalid_value",
                "Invalid 'logit_bias': keys must be token ids from 0 to " + (vocabularySize - 1) + ", but got '"
                        + Shortened.of(key) + "'.");
    }

    private static double or(@Nullable Double value, double missing) {
        return value == null ? missing : value;
    }
}
