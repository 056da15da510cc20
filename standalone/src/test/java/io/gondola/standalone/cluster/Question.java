package io.gondola.standalone.cluster;

import java.util.ArrayList;
import java.util.List;
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

    /**
     * Every second one is greedy, the others have a seed each; the first are streamed.
     *
     * @param from the number of the first
     */
    static List<Question> mixed(long seed, int from, int streams, int whole, int maxTokens) {
        List<Question> questions = new ArrayList<>();
        for (int i = from; i < from + streams + whole; i++) {
            Long own = i % 2 == 0 ? null : seed + i;
            questions.add(new Question("Question " + i, maxTokens, own, i < from + streams));
        }
        return questions;
    }
}
