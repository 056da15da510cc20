package io.gondola.scheduler.simulation;

import io.gondola.protocol.GenerationRequest;

/** A sequence aboard a simulated worker. */
final class SimSequence {
    final GenerationRequest request;
    final long deadlineNanos;
    int prefillLeft;
    int sparedTokens;
    /** Its gateway was told how it began. */
    boolean isStarted;

    int given;
    /** When somebody looked the last time. */
    int givenBefore;

    SimSequence(GenerationRequest request, long nowNanos) {
        this.request = request;
        deadlineNanos = nowNanos + request.timeoutNanos();
        prefillLeft = request.prefillTokens();
        given = request.generatedTokens().length;
        givenBefore = given;
    }

    /** So many tokens of its prompt are computed already. */
    void spare(int tokens) {
        sparedTokens = tokens;
        prefillLeft -= tokens;
    }

    /** So many more are computed. @return whether these were the last */
    boolean tryEndPrefill(int tokens) {
        boolean isPrefilling = prefillLeft > 0;
        prefillLeft = Math.max(0, prefillLeft - tokens);
        return isPrefilling && prefillLeft == 0;
    }
}
