package io.gondola.worker.runtime;

import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import org.jspecify.annotations.Nullable;

/**
 * Checks what a wrong request could break: an index outside the vocabulary or the context would fail the whole step, and
 * with it everybody aboard.
 */
final class Admission {

    private Admission() {}

    /** Why the model cannot run this request, in words fit for a client, or null where it can. */
    static @Nullable String refusal(GenerationRequest request, ModelDescription model) {
        if (request.prefillTokens() > model.contextTokensMax()) {
            return "The prompt has " + request.prefillTokens() + " tokens; the context of model " + model.model()
                    + " has room for " + model.contextTokensMax() + ".";
        }
        String tokens = outsideVocabulary(request.promptTokens(), model);
        tokens = tokens != null ? tokens : outsideVocabulary(request.generatedTokens(), model);
        return tokens != null ? tokens : outsideVocabulary(request.sampling().biasTokens(), model);
    }

    private static @Nullable String outsideVocabulary(int[] tokens, ModelDescription model) {
        for (int token : tokens) {
            if (token < 0 || token >= model.vocabularySize()) {
                return "Token id " + token + " is not in the vocabulary of model " + model.model() + " (0 to "
                        + (model.vocabularySize() - 1) + ").";
            }
        }
        return null;
    }
}
