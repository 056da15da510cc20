package io.gondola.worker.engine.simulated;

import io.gondola.protocol.ModelDescription;

/**
 * What a simulated engine pretends to have loaded.
 *
 * @param name served name
 * @param contextTokensMax as of a real model
 * @param vocabularySize as of a real model
 * @param slots sequences at once
 * @param silentTokens token ids that are never drawn, above all the end tokens
 * @param endToken what ends a text by itself, or -1: then a text goes on to its limit
 * @param endOneIn how long texts are: each token is the end with a chance of 1 in this; not used without an endToken
 */
@SuppressWarnings("ArrayRecordComponent") // Compared by nobody.
public record SimulatedModel(
        String name,
        int contextTokensMax,
        int vocabularySize,
        int slots,
        int[] silentTokens,
        int endToken,
        int endOneIn) {

    public SimulatedModel {
        if (contextTokensMax < 1 || slots < 1 || silentTokens.length >= vocabularySize || endOneIn < 1) {
            throw new IllegalArgumentException("simulated model " + name + ": context " + contextTokensMax
                    + ", vocabulary " + vocabularySize + ", slots " + slots + ", end one in " + endOneIn);
        }
    }

    /** A model whose texts never end by themselves. */
    public static SimulatedModel endless(
            String name, int contextTokensMax, int vocabularySize, int slots, int[] silentTokens) {
        return new SimulatedModel(name, contextTokensMax, vocabularySize, slots, silentTokens, -1, 1);
    }

    ModelDescription describe() {
        return new ModelDescription(
                name, "Simulated", contextTokensMax, vocabularySize, slots, (long) slots * contextTokensMax);
    }
}
