package io.gondola.scheduler.core;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.OwnerAlive;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.ToScheduler;
import io.gondola.scheduler.core.Effect.End;
import io.gondola.scheduler.presence.LoadingWorkers;
import io.gondola.scheduler.presence.Presence;
import java.util.ArrayList;
import java.util.List;

/**
 * The owner of one model's queue: told what happened and what time it is, it answers with what is to be done.
 *
 * <p>The same events at the same times give the same effects. Times are of one clock that starts wherever it likes; one
 * that steps back counts as standing still. The states of a generation are drawn at {@link Generation}.
 */
public final class SchedulerCore {

    private final WaitingLine line;
    private final WorkerPool pool;
    private final LoadingWorkers loading;
    private final Outbox outbox;
    private final DrainRate drainRate;
    private final Admission admission;
    private final Boarding boarding;
    private final Book book;
    private final Expiry expiry;
    private final Presence presence;
    /** Of the submit at hand: what is new, and what came before. */
    private final List<GenerationRequest> fresh = new ArrayList<>();

    private final List<GenerationRequest> repeated = new ArrayList<>();

    private long nowNanos = Long.MIN_VALUE;

    /** @param epoch names this life of the owner, as {@link OwnerAlive} says */
    public SchedulerCore(String model, long epoch, SchedulerLimits limits) {
        outbox = new Outbox(epoch);
        line = new WaitingLine(limits);
        pool = new WorkerPool(limits);
        loading = new LoadingWorkers(
                limits.loading().loadingNanosMax(),
                limits.loading().silentNanosMax(),
                limits.memory().workersMax());
        drainRate = new DrainRate(limits.retryAfter());
        admission = new Admission(limits, line, pool, loading, drainRate);
        boarding = new Boarding(model, limits, line, pool, outbox);
        book = new Book(model, limits, line, pool, boarding, outbox);
        expiry = new Expiry(limits.holding(), line, pool, loading, admission, boarding, book, outbox);
        Effect alive = new Effect.TellAll(new OwnerAlive(model, epoch));
        presence = new Presence(epoch, limits.presence(), book, () -> outbox.add(alive));
    }

    /** Takes one event in and answers with what is to be done, in this order. */
    public List<Effect> on(SchedulerEvent event, long atNanos) {
        long before = nowNanos;
        nowNanos = Math.max(nowNanos, atNanos);
        if (pool.slotsUsed > 0 && line.size() > 0) {
            drainRate.onBusy(nowNanos - before);
        }
        int workersBefore = pool.size();
        presence.onTime(nowNanos);
        pool.isComplete = pool.isComplete || presence.knowsAll();
        line.onTime(nowNanos);
        loading.onTime(nowNanos);
        expiry.rejectDue(nowNanos);
        if (event instanceof SchedulerEvent.Received received) {
            onMessage(received.message());
        } else if (event instanceof SchedulerEvent.GatewayLost lost) {
            presence.onGatewayGone(lost.gatewayId());
        } else if (event instanceof SchedulerEvent.WorkersPresent present) {
            presence.onWorkersPresent(present.workerIds());
        }
        presence.giveUpSilent(
                workerId -> outbox.add(new Effect.WorkerSilent(workerId)),
                gatewayId -> outbox.add(new Effect.GatewaySilent(gatewayId)));
        onCrewChanged(workersBefore);
        boarding.run(nowNanos);
        preempt();
        return outbox.takeAll();
    }

    /** When something is due if nothing happens before: tell {@link SchedulerEvent.TimePassed} then. */
    public long nextDueNanos() {
        return Math.min(presence.nextDueNanos(nowNanos), Math.min(loading.nextDueNanos(), expiry.nextDueNanos()));
    }

    /** The state in numbers. */
    public SchedulerGauges gauges() {
        return new SchedulerGauges(
                line.size(),
                line.backlog.promptTokens,
                (int) pool.slotsUsed - book.revoked - pool.strays,
                pool.slots,
                pool.slotsUsed,
                pool.kvTokensUsed,
                pool.kvTokensMax,
                pool.size(),
                loading.size(),
                new SchedulerGauges.Fairness(
                        line.of(RequestClass.INTERACTIVE).fairness,
                        line.of(RequestClass.STANDARD).fairness,
                        line.of(RequestClass.BATCH).fairness));
    }

    private void onMessage(ToScheduler message) {
        if (message instanceof ToScheduler.Submit submit) {
            onSubmit(submit);
        } else if (message instanceof ToScheduler.Cancel cancel) {
            cancel.refs().forEach(this::onCancel);
        } else if (message instanceof ToScheduler.StepReport report) {
            onStepReport(report);
        } else if (message instanceof ToScheduler.Census census) {
            loading.onGone(census.workerId(), nowNanos);
            presence.onCensus(census, nowNanos);
        } else if (message instanceof ToScheduler.Inquire inquire) {
            presence.onInquire(inquire);
        } else if (message instanceof ToScheduler.WorkerDraining draining) {
            pool.drain(draining.workerId());
        } else if (message instanceof ToScheduler.WorkerLeft left) {
            loading.onGone(left.workerId(), nowNanos);
            presence.onWorkerGone(left.workerId());
        } else if (message instanceof ToScheduler.WorkerLoading announced
                && pool.tryGet(announced.workerId()) == null) {
            loading.onLoading(announced.workerId(), nowNanos);
            presence.onWorkerLoading(announced.workerId());
        }
    }

    private void onSubmit(ToScheduler.Submit submit) {
        fresh.clear();
        repeated.clear();
        for (GenerationRequest request : submit.generations()) {
            Generation known = book.tryGet(request.ref().id());
            presence.onGatewayHeard(request.gatewayId());
            if (book.isOpen(request.ref())) {
                repeated.add(request);
            } else if (book.isNews(request.ref())) {
                fresh.add(request);
            } else if (known == null || known.ref.equals(request.ref())) {
                // It may not have heard the end.
                presence.answer(request.gatewayId(), request.ref());
            }
        }
        // The first answer may have been lost.
        outbox.tellAccepted(repeated);
        if (!fresh.isEmpty()) {
            onFresh(submit.isAdmitted());
        }
    }

    private void onFresh(boolean isAdmitted) {
        for (GenerationRequest request : fresh) {
            Generation older = book.tryGet(request.ref().id());
            if (older != null) {
                book.drop(older, End.REPLACED);
            }
        }
        Rejection rejection = admission.tryReject(fresh, isAdmitted, nowNanos);
        if (rejection == null) {
            fresh.forEach(request -> book.enter(request, nowNanos));
            outbox.tellAccepted(fresh);
        } else {
            outbox.tellRejected(fresh, rejection);
            for (GenerationRequest request : fresh) {
                book.refuse(request.ref(), rejection);
                outbox.add(new Effect.Ended(request.ref(), End.REJECTED));
            }
        }
    }

    private void onCancel(GenerationRef ref) {
        Generation known = book.tryGet(ref.id());
        if (known != null && known.ref.attempt() <= ref.attempt()) {
            book.drop(known, End.CANCELLED);
        }
        if (known == null || known.ref.attempt() < ref.attempt()) {
            // It may have overtaken its submit.
            book.refuse(ref, null);
        }
    }

    private void onStepReport(ToScheduler.StepReport report) {
        Worker worker = null;
        for (ToScheduler.Finished finished : report.finished()) {
            Generation generation = book.tryGetAboard(report.workerId(), finished.ref());
            worker = generation == null ? worker : generation.worker();
            if (generation != null && worker != null) {
                pool.leave(worker, generation);
                onFinished(generation, finished);
            }
        }
        // Who has something aboard is at hand by that.
        worker = worker == null ? pool.tryGet(report.workerId()) : worker;
        if (worker != null) {
            presence.onWorkerHeard(worker.lifeSign);
        }
    }

    private void onFinished(Generation generation, ToScheduler.Finished finished) {
        if (line.size() > 0) {
            drainRate.onFreed(generation.kvTokens);
        }
        int outputTokens = Math.max(0, finished.outputTokens() - generation.outputTokensBefore);
        boolean isPreempted =
                generation.state() == Generation.State.PREEMPTED && finished.reason() == FinishReason.CANCELLED;
        book.leaveWorker(generation, outputTokens, isPreempted ? End.PREEMPTED : End.FINISHED);
        if (isPreempted) {
            outbox.tellLost(generation.gatewayId, List.of(generation.ref));
        }
    }

    /** Interactive work that found no room takes that of batch work, one for one with what is being freed already. */
    private void preempt() {
        ClassLine interactive = line.of(RequestClass.INTERACTIVE);
        Generation first = interactive.tryFirst();
        for (int wanted = interactive.backlog.requests - book.revoked; first != null && wanted > 0; wanted--) {
            Generation victim = pool.tryVictim(first.kvTokens);
            Worker worker = victim == null ? null : victim.worker();
            if (victim == null || worker == null) {
                return;
            }
            book.preempt(victim, worker);
        }
    }

    private void onCrewChanged(int workersBefore) {
        if (pool.size() > 0 && workersBefore == 0) {
            boarding.onWarm(nowNanos);
        } else if (pool.size() == 0 && workersBefore > 0) {
            expiry.onNoWorker(nowNanos);
        }
        expiry.rejectUnheld(nowNanos);
        expiry.rejectTooLarge();
    }
}
