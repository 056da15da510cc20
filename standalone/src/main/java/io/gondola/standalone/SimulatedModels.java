package io.gondola.standalone;

import io.gondola.gateway.text.ServedModel;
import io.gondola.gateway.text.Tokenizer;
import io.gondola.worker.engine.simulated.SimulatedModel;
import java.util.Arrays;
import java.util.stream.IntStream;

/** What a simulated engine pretends to be, where a tokenizer is at hand to tell which tokens show as text. */
final class SimulatedModels {

    private static final char REPLACEMENT = '\uFFFD';

    private SimulatedModels() {}

    static SimulatedModel of(ServedModel served, int slots) {
        return SimulatedModel.endless(
                served.name(), served.contextTokensMax(), served.vocabularySize(), slots, silentTokens(served));
    }

    /** End tokens, and whatever shows nothing or half a character: a made-up text should at least be text. */
    private static int[] silentTokens(ServedModel served) {
        Tokenizer tokenizer = served.tokenizer();
        int[] endTokens = served.endTokens();
        int[] silent = IntStream.range(0, served.vocabularySize())
                .filter(token -> {
                    String text = tokenizer.decode(new int[] {token});
                    return text.isEmpty() || text.indexOf(REPLACEMENT) >= 0 || contains(endTokens, token);
                })
                .toArray();
        return silent.length < served.vocabularySize() ? silent : endTokens;
    }

    private static boolean contains(int[] tokens, int token) {
        return Arrays.stream(tokens).anyMatch(each -> each == token);
    }
}
