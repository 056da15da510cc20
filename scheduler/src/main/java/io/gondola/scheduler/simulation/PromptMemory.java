package io.gondola.scheduler.simulation;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * The prompts whose keys and values a simulated worker still has, the newest first, and how much of a new prompt they
 * spare it. Outputs are not among them: a simulation has none that a later prompt could begin with.
 */
final class PromptMemory {

    /** As many as a worker keeps of sequences that ended. */
    static final int PROMPTS_MAX = 64;

    /** Less is not worth the copy. */
    private static final int SPARED_TOKENS_MIN = 4;

    private final int promptsMax;
    private final Deque<int[]> prompts = new ArrayDeque<>();

    /** @param promptsMax prompts to remember; 0 for a worker that computes everything */
    PromptMemory(int promptsMax) {
        this.promptsMax = promptsMax;
    }

    /** Of a worker that starts anew. */
    PromptMemory emptied() {
        return new PromptMemory(promptsMax);
    }

    /** The tokens at the beginning of this prompt that need not be computed. Its last one always is. */
    int sparedTokens(int[] prompt) {
        int most = 0;
        for (int[] known : prompts) {
            int mismatch = Arrays.mismatch(known, prompt);
            most = Math.max(most, mismatch < 0 ? prompt.length : mismatch);
        }
        most = Math.min(most, prompt.length - 1);
        return most < SPARED_TOKENS_MIN ? 0 : most;
    }

    /** This prompt is computed. */
    void remember(int[] prompt) {
        prompts.addFirst(prompt);
        if (prompts.size() > promptsMax) {
            prompts.removeLast();
        }
    }
}
