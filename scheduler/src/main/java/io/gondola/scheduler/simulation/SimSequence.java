package io.gondola.scheduler.simulation;

import io.gondola.protocol.GenerationRequest;

/** A sequence aboard a simulated worker. */
final class SimSequence {
    final GenerationRequest request;
    final long deadlineNanos;
    int prefillLeft;
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
}
