package io.gondola.scheduler.core;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.StepBudget;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import io.gondola.scheduler.core.Effect.End;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The owner of one model's queue: told what happened and what time it is, it answers with what is to be done.
 *
 * <p>The same events at the same times give the same effects. Times are of one clock that starts wherever it likes; one
 * that steps back counts as standing still. The states of a generation are drawn at {@link Generation}.
 */
public final class SchedulerCore {

    private final String model;
    private final SchedulerLimits limits;
    private final WaitingLine line;
    private final WorkerPool pool;
    private final LoadingWorkers loading;
    private final Outbox outbox = new Outbox();
    private final DrainRate drainRate;
    private final Admission admission;
    private final Boarding boarding;
    private final Book book;
    private final Expiry expiry;

    private long nowNanos = Long.MIN_VALUE;

    public SchedulerCore(String model, SchedulerLimits limits) {
        this.model = model;
        this.limits = limits;
        line = new WaitingLine(limits);
        pool = new WorkerPool(limits.order().preemptionsMax());
        loading = new LoadingWorkers(limits.loading(), limits.memory().workersMax());
        drainRate = new DrainRate(limits.retryAfter());
        admission = new Admission(limits, line, pool, loading, drainRate);
        boarding = new Boarding(model, limits, line, pool, outbox);
        book = new Book(
                model,
                line,
                pool,
                boarding,
                outbox,
                new EndedMemory(limits.memory().endedMax()));
        expiry = new Expiry(limits.holding(), line, pool, loading, admission, book, outbox);
    }

    /** Takes one event in and answers with what is to be done, in this order. */
    public List<Effect> on(SchedulerEvent event, long atNanos) {
        long before = nowNanos;
        nowNanos = Math.max(nowNanos, atNanos);
        if (pool.slotsUsed() > 0 && line.size() > 0) {
            drainRate.onBusy(nowNanos - before);
        }
        loading.onTime(nowNanos);
        expiry.rejectDue(nowNanos);
        if (event instanceof SchedulerEvent.Received received) {
            onMessage(received.message());
        }
        boarding.run(nowNanos);
        preempt();
        return outbox.takeAll();
    }

    /** When something is due if nothing happens before: tell {@link SchedulerEvent.TimePassed} then. */
    public long nextDueNanos() {
        return Math.min(loading.nextDueNanos(), expiry.nextDueNanos());
    }

    /** The state in numbers. */
    public SchedulerGauges gauges() {
        return new SchedulerGauges(
                line.size(),
                line.backlog.promptTokens,
                (int) pool.slotsUsed() - book.revoked(),
                pool.slots(),
                pool.slotsUsed(),
                pool.kvTokensUsed(),
                pool.kvTokensMax(),
                pool.size(),
                loading.size());
    }

    private void onMessage(ToScheduler message) {
        if (message instanceof ToScheduler.Submit submit) {
            onSubmit(submit);
        } else if (message instanceof ToScheduler.Cancel cancel) {
            cancel.refs().forEach(this::onCancel);
        } else if (message instanceof ToScheduler.StepReport report) {
            onStepReport(report);
        } else if (message instanceof ToScheduler.WorkerJoined joined) {
            onWorkerJoined(joined);
        } else if (message instanceof ToScheduler.WorkerLeft left) {
            onWorkerLeft(left.workerId());
        } else if (message instanceof ToScheduler.WorkerLoading announced
                && pool.tryGet(announced.workerId()) == null) {
            loading.onLoading(announced.workerId(), nowNanos);
        }
    }

    private void onSubmit(ToScheduler.Submit submit) {
        Map<GenerationId, GenerationRequest> fresh = new LinkedHashMap<>();
        List<GenerationRequest> repeated = new ArrayList<>();
        for (GenerationRequest request : submit.generations()) {
            Generation known = book.tryGet(request.ref().id());
            GenerationRequest twin = fresh.get(request.ref().id());
            if (known != null && known.ref.equals(request.ref())) {
                repeated.add(request);
            } else if (book.isNews(request.ref())
                    && (twin == null || twin.ref().attempt() < request.ref().attempt())) {
                fresh.put(request.ref().id(), request);
            }
        }
        // The first answer may have been lost.
        outbox.tellAccepted(repeated);
        if (!fresh.isEmpty()) {
            onFresh(List.copyOf(fresh.values()));
        }
    }

    private void onFresh(List<GenerationRequest> requests) {
        for (GenerationRequest request : requests) {
            Generation older = book.tryGet(request.ref().id());
            if (older != null) {
                book.drop(older, End.REPLACED);
            }
        }
        Rejection rejection = admission.tryReject(requests, nowNanos);
        if (rejection == null) {
            requests.forEach(request -> book.enter(request, nowNanos));
            outbox.tellAccepted(requests);
        } else {
            outbox.tellRejected(requests, rejection);
            for (GenerationRequest request : requests) {
                book.refuse(request.ref());
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
            book.refuse(ref);
        }
    }

    private void onStepReport(ToScheduler.StepReport report) {
        Worker worker = pool.tryGet(report.workerId());
        if (worker == null) {
            return;
        }
        worker.onReport();
        for (ToScheduler.Finished finished : report.finished()) {
            Generation generation = pool.tryLeave(worker, finished.ref());
            if (generation != null) {
                onFinished(generation, finished);
            }
        }
    }

    private void onFinished(Generation generation, ToScheduler.Finished finished) {
        if (line.size() > 0) {
            drainRate.onFreed(generation.kvTokens);
        }
        int outputTokens = Math.max(0, finished.outputTokens() - generation.outputTokensBefore());
        boolean isPreempted =
                generation.state() == Generation.State.PREEMPTED && finished.reason() == FinishReason.CANCELLED;
        book.leaveWorker(generation, outputTokens, isPreempted ? End.PREEMPTED : End.FINISHED);
        if (isPreempted) {
            outbox.tellLost(List.of(generation.request));
        }
    }

    /** Interactive work that found no room takes that of batch work, one for one with what is being freed already. */
    private void preempt() {
        ClassLine interactive = line.of(RequestClass.INTERACTIVE);
        Generation first = interactive.tryFirst();
        for (int wanted = interactive.size() - book.revoked(); first != null && wanted > 0; wanted--) {
            Generation victim = pool.tryVictim(first.kvTokens);
            Worker worker = victim == null ? null : victim.worker();
            if (victim == null || worker == null) {
                return;
            }
            book.preempt(victim, worker);
        }
    }

    private void onWorkerJoined(ToScheduler.WorkerJoined joined) {
        loading.onGone(joined.workerId(), nowNanos);
        ModelDescription description = joined.description();
        Worker known = pool.tryGet(joined.workerId());
        if (known != null && !known.isJoinRepeated(description)) {
            // Not the one we knew: that one's sequences are gone.
            onWorkerLeft(known.id);
            known = null;
        }
        if (known == null) {
            Worker worker = new Worker(joined.workerId(), description);
            if (pool.size() >= limits.memory().workersMax() || worker.capabilityTokens() <= 0) {
                return;
            }
            if (pool.size() == 0) {
                boarding.onWarm(nowNanos);
            }
            pool.add(worker);
            expiry.rejectTooLarge();
        }
        StepBudget budget = new StepBudget(
                Math.min(limits.step().stepSequencesMax(), description.slots()),
                limits.step().stepPrefillTokensMax());
        outbox.add(new Effect.TellWorker(joined.workerId(), new ToWorker.Welcome(model, budget)));
    }

    private void onWorkerLeft(String workerId) {
        loading.onGone(workerId, nowNanos);
        Worker worker = pool.tryGet(workerId);
        if (worker == null) {
            return;
        }
        boarding.onLeft(worker);
        pool.remove(worker);
        List<GenerationRequest> lost = new ArrayList<>();
        for (Generation generation : worker.aboard()) {
            boolean isLost = generation.state() != Generation.State.REVOKED;
            if (isLost) {
                lost.add(generation.request);
            }
            book.leaveWorker(generation, 0, isLost ? End.LOST : End.CANCELLED);
        }
        outbox.tellLost(lost);
        if (pool.size() == 0) {
            expiry.onNoWorker(nowNanos);
        }
        expiry.rejectTooLarge();
    }
}
