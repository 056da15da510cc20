package io.gondola.scheduler.simulation;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import org.jspecify.annotations.Nullable;

/** One open generation of a {@link CoarseRun}: its attempt, and where its worker will be with it at what time. */
final class CoarseClient {

    final LoadRequest from;
    GenerationRequest request;
    long queueWaitNanos = LoadTally.NEVER;
    long firstTokenNanos = LoadTally.NEVER;
    /** Tokens it has, as of the last look. */
    int given;

    long endsNanos;
    boolean isOver;
    private @Nullable CoarseWorker worker;
    private int givenBefore;
    private long nextTokenNanos;
    private long stepNanos;

    CoarseClient(LoadRequest from, GenerationRequest request) {
        this.from = from;
        this.request = request;
    }

    long deadlineNanos() {
        long deadline = from.arrivalNanos() + from.timeoutNanos();
        return deadline < 0 ? Long.MAX_VALUE : deadline;
    }

    void onBoarded(long waitNanos) {
        queueWaitNanos = queueWaitNanos == LoadTally.NEVER ? waitNanos : queueWaitNanos;
    }

    void board(CoarseWorker on, long nowNanos) {
        worker = on;
        givenBefore = given;
        int left = from.outputTokens() - given;
        nextTokenNanos = nowNanos + on.prefillNanos(request.prefillTokens());
        stepNanos = on.stepNanos(request.prefillTokens() + left / 2);
        endsNanos = nextTokenNanos + Math.max(0, left - 1) * stepNanos;
    }

    boolean isAboard(GenerationRef ref) {
        return worker != null && request.ref().equals(ref);
    }

    void leave(long nowNanos) {
        giveUntil(nowNanos);
        worker = null;
    }

    /** One step of its worker. */
    long stepNanos() {
        return stepNanos;
    }

    /** Counts what it has been given by now. */
    void giveUntil(long nowNanos) {
        if (worker == null || nowNanos < nextTokenNanos || from.outputTokens() == 0) {
            return;
        }
        firstTokenNanos = firstTokenNanos == LoadTally.NEVER ? nextTokenNanos : firstTokenNanos;
        long tokens = givenBefore + 1 + (nowNanos - nextTokenNanos) / stepNanos;
        given = (int) Math.min(from.outputTokens(), tokens);
    }

    /** Behind the tokens so far; false when its time is up. */
    boolean tryNextAttempt(long nowNanos) {
        giveUntil(nowNanos);
        worker = null;
        long remainingNanos = deadlineNanos() - nowNanos;
        if (remainingNanos <= 0) {
            return false;
        }
        // What the tokens are does not matter, and as many as it has ended with would leave nothing to do.
        given = Math.min(given, Math.max(0, from.outputTokens() - 1));
        request = request.nextAttempt(new int[given], remainingNanos);
        return true;
    }
}
