package io.gondola.protocol;

/**
 * What a worker has loaded.
 *
 * @param model the served name
 * @param architecture as in config.json, for example {@code GPT2LMHeadModel}
 * @param contextTokensMax the most tokens, prompt and output together, one sequence may have
 * @param vocabularySize rows of the output layer
 * @param slots sequences that can be aboard at once
 * @param kvTokensMax KV-cache positions in all
 */
public record ModelDescription(
        String model, String architecture, int contextTokensMax, int vocabularySize, int slots, long kvTokensMax) {}
