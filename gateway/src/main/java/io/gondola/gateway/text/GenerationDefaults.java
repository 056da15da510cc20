package io.gondola.gateway.text;

import org.jspecify.annotations.Nullable;

/**
 * What generation_config.json says about sampling, for requests that do not say it themselves.
 *
 * @param temperature 0 where {@code do_sample} is explicitly false
 * @param topP in (0, 1]; 1 keeps all
 * @param topK 0 keeps all
 * @param minP in [0, 1]; 0 keeps all
 * @param repetitionPenalty above 0; 1 is none
 * @param maxNewTokens the model's default output length, or null
 */
public record GenerationDefaults(
        float temperature,
        float topP,
        int topK,
        float minP,
        float repetitionPenalty,
        @Nullable Integer maxNewTokens) {

    /** Where a model has no generation_config.json: plain sampling. */
    public static final GenerationDefaults NONE = new GenerationDefaults(1, 1, 0, 0, 1, null);

    static GenerationDefaults read(ModelFile generationConfig) throws ModelFilesException {
        boolean greedy = Boolean.FALSE.equals(generationConfig.optionalBoolean("do_sample"));
        float temperature = (float) generationConfig.number("temperature", 0, 100, 1);
        double maxNewTokens = generationConfig.number("max_new_tokens", 1, Integer.MAX_VALUE, 0);
        return new GenerationDefaults(
                greedy ? 0 : temperature,
                (float) generationConfig.number("top_p", Float.MIN_NORMAL, 1, 1),
                Math.max(0, (int) generationConfig.number("top_k", -1, Integer.MAX_VALUE, 0)),
                (float) generationConfig.number("min_p", 0, 1, 0),
                (float) generationConfig.number("repetition_penalty", 1e-3, 1e3, 1),
                maxNewTokens == 0 ? null : Integer.valueOf((int) maxNewTokens));
    }
}
