package io.gondola.standalone.cluster;

import org.jspecify.annotations.Nullable;

/**
 * What a client asks: with equal ones it must get equal answers, whatever happens meanwhile.
 *
 * @param seed of sampling at temperature 1; null asks for the likeliest tokens
 */
record Question(String prompt, int maxTokens, @Nullable Long seed, boolean streamed) {

    static Question greedy(String prompt, int maxTokens, boolean streamed) {
        return new Question(prompt, maxTokens, null, streamed);
    }
}
