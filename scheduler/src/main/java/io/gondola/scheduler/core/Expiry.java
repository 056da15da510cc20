package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Instants;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.WaitReason;
import io.gondola.scheduler.core.Effect.End;
import io.gondola.scheduler.presence.LoadingWorkers;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What ends waiting without boarding: a deadline, the number of requests that may be held without a worker and the time, and
 * workers none of which could ever serve it.
 */
final class Expiry {

    private final SchedulerLimits.Holding limits;
    private final WaitingLine line;
    private final WorkerPool pool;
    private final LoadingWorkers loading;
    private final Admission admission;
    private final Boarding boarding;
    private final Book book;
    private final Outbox outbox;

    private long noWorkerSinceNanos = Long.MIN_VALUE;
    private boolean wasNoneComing;
    /** Nothing that waits needs more than this. */
    private long checkedCapabilityTokens = Long.MAX_VALUE;

    Expiry(
            SchedulerLimits.Holding limits,
            WaitingLine line,
            WorkerPool pool,
            LoadingWorkers loading,
            Admission admission,
            Boarding boarding,
            Book book,
            Outbox outbox) {
        this.limits = limits;
        this.line = line;
        this.pool = pool;
        this.loading = loading;
        this.admission = admission;
        this.boarding = boarding;
        this.book = book;
        this.outbox = outbox;
    }

    /** The last worker has left. */
    void onNoWorker(long nowNanos) {
        noWorkerSinceNanos = nowNanos;
    }

    /**
     * Without a worker, and none on its way, as many wait as may be held, whether they came before or after: the newest
     * beyond are refused. Not those of which a client may have seen the beginning; they have an allowance of their own.
     */
    void rejectUnheld(long nowNanos) {
        boolean isNoneComing = admission.isNoneComing();
        if (isNoneComing && !wasNoneComing) {
            List<Generation> first = line.inOrderOfArrival(waiting -> waiting.ref.attempt() == 0);
            int heldMax = limits.heldRequestsMax();
            for (Generation beyond : first.subList(Math.min(heldMax, first.size()), first.size())) {
                Rejection noWorker = admission
                        .noWorker("heldRequestsMax", heldMax, beyond.request())
                        .afterWait(boarding.waitReason(beyond, nowNanos));
                refuse(beyond, noWorker);
            }
        }
        wasNoneComing = isNoneComing;
    }

    /** When the next that waits is refused if nothing happens before. */
    long nextDueNanos() {
        Generation earliest = line.tryEarliestDeadline();
        Generation oldest = line.tryOldest();
        return earliest == null || oldest == null
                ? Long.MAX_VALUE
                : Math.min(earliest.deadlineNanos, heldUntilNanos(oldest));
    }

    /** Refuses whose time is up. */
    void rejectDue(long nowNanos) {
        if (nextDueNanos() > nowNanos) {
            return;
        }
        Map<WaitReason, List<GenerationRequest>> late = new EnumMap<>(WaitReason.class);
        Generation earliest = line.tryEarliestDeadline();
        while (earliest != null && earliest.deadlineNanos <= nowNanos) {
            WaitReason waitedFor = boarding.waitReason(earliest, nowNanos);
            late.computeIfAbsent(waitedFor, added -> new ArrayList<>()).add(earliest.request());
            book.leaveLine(earliest, End.REJECTED, Admission.deadline().afterWait(waitedFor));
            earliest = line.tryEarliestDeadline();
        }
        late.forEach((waitedFor, requests) ->
                outbox.tellRejected(requests, Admission.deadline().afterWait(waitedFor)));
        Generation oldest = line.tryOldest();
        while (oldest != null && heldUntilNanos(oldest) <= nowNanos) {
            Rejection noWorker = admission.noWorker("heldNanosMax", limits.heldNanosMax(), oldest.request());
            refuse(oldest, noWorker.afterWait(WaitReason.COLD_START));
            oldest = line.tryOldest();
        }
    }

    /** The workers known have changed: what none of them could ever serve need not wait. */
    void rejectTooLarge() {
        long capability = pool.size() == 0 || !pool.isComplete ? Long.MAX_VALUE : pool.capabilityTokens;
        if (capability < checkedCapabilityTokens) {
            for (Generation generation : line.inOrderOfArrival(waiting -> waiting.kvTokens > capability)) {
                refuse(generation, admission.tooLarge(generation.kvTokens));
            }
        }
        checkedCapabilityTokens = capability;
    }

    private void refuse(Generation waiting, Rejection rejection) {
        book.leaveLine(waiting, End.REJECTED, rejection);
        outbox.tellRejected(waiting.gatewayId, List.of(waiting.ref), rejection);
    }

    /** Without a worker, and none on its way. */
    private long heldUntilNanos(Generation generation) {
        if (!admission.isNoneComing()) {
            return Long.MAX_VALUE;
        }
        long aloneSinceNanos = Math.max(noWorkerSinceNanos, loading.noneSinceNanos());
        return Instants.after(Math.max(generation.arrivalNanos, aloneSinceNanos), limits.heldNanosMax());
    }
}
