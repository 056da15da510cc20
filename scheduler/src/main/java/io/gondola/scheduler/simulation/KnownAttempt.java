package io.gondola.scheduler.simulation;

import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Instants;
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
    /** The owner before had let it in: it is beyond all limits. */
    final boolean isAdmitted;

    KnownAttempt(GenerationRequest request, boolean isAdmitted, long nowNanos) {
        this.isAdmitted = isAdmitted;
        this.request = request;
        deadlineNanos = Instants.after(nowNanos, request.timeoutNanos());
    }

    /** One that a worker says it has, of which nothing else was heard. */
    static KnownAttempt adopted(ToScheduler.Aboard said, long nowNanos) {
        return new KnownAttempt(said.toRequest(SimWorld.MODEL), false, nowNanos);
    }
}
