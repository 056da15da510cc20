package io.gondola.scheduler.simulation;

import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ToScheduler;

/** One attempt in the second book that {@link SchedulerInvariants} keeps. */
final class KnownAttempt {

    enum Place {
        WAITING,
        ABOARD,
        REVOKED,
        ENDED
    }

    final GenerationRequest request;
    final long deadlineNanos;
    Place place = Place.WAITING;
    String worker = "";
    boolean endSeen;
    /** Cancelled, or replaced by a newer attempt: nobody needs to go on with it. */
    boolean isUnwanted;

    KnownAttempt(GenerationRequest request, long nowNanos) {
        this.request = request;
        long due = nowNanos + request.timeoutNanos();
        deadlineNanos = request.timeoutNanos() > 0 && due < nowNanos ? Long.MAX_VALUE : due;
    }

    /** One that a worker says it has, of which nothing else was heard. */
    static KnownAttempt adopted(ToScheduler.Aboard said, long nowNanos) {
        return new KnownAttempt(said.toRequest(SimWorld.MODEL), nowNanos);
    }
}
