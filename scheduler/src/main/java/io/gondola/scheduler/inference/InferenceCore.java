package io.gondola.scheduler.inference;

import io.gondola.protocol.Rejection;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.QueuePolicy.TimeoutAction;
import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The owner of all queues of inferences: told what happened and what time it is, it answers with what is to be done.
 *
 * <p>The same events at the same times give the same effects. The states of an inference are drawn at {@link Inference},
 * when a batch goes is said at {@link VersionQueue}.
 */
public final class InferenceCore {

    private static final long ALIVE_PERIOD_NANOS = ToInferenceScheduler.WorkerAlive.PERIOD_MILLIS * 1_000_000;
    private static final long MODELS_PERIOD_NANOS = ToInferenceGateway.Models.PERIOD_MILLIS * 1_000_000;

    /** An inference that has not ended, and where. */
    private record Entry(Inference inference, VersionQueue queue) {}

    private final InferenceLimits limits;
    private final Models models;
    private final Door door;
    private final WorkersHeard workers;
    private final InferenceOutbox outbox = new InferenceOutbox();
    private final Map<InferenceId, Entry> book = new HashMap<>();

    private long nowNanos = Long.MIN_VALUE;
    private long arrivals;
    private long modelsToldNanos;

    /**
     * @param firstBatchId where batches are counted from: another life of this scheduler should begin elsewhere, so that
     *     what workers still say of batches of the last one means nothing
     */
    public InferenceCore(InferenceLimits limits, long firstBatchId) {
        this.limits = limits;
        models = new Models(limits, firstBatchId);
        door = new Door(limits);
        workers = new WorkersHeard(limits.workerSilenceNanosMax(), limits.workersMax());
    }

    /** Takes one event in and answers with what is to be done, in this order. */
    public List<InferenceEffect> on(InferenceEvent event, long atNanos) {
        nowNanos = Math.max(nowNanos, atNanos);
        if (event instanceof InferenceEvent.Received received) {
            onMessage(received.message());
        } else {
            workers.takeSilent(nowNanos).forEach(this::onWorkerGone);
            models.all().forEach(this::tend);
            if (nowNanos - modelsToldNanos >= MODELS_PERIOD_NANOS) {
                tellModels();
            }
        }
        return outbox.takeAll();
    }

    /** When something is due if nothing happens before: tell {@link InferenceEvent.TimePassed} then. */
    public long nextDueNanos() {
        long due = workers.nextSilenceNanos();
        List<VersionQueue> queues = models.all();
        for (VersionQueue queue : queues) {
            Inference firstDue = queue.line().tryFirstDue();
            Inference oldest = queue.line().tryOldest();
            if (firstDue != null && oldest != null) {
                due = Math.min(due, Math.min(firstDue.dueNanos(), queue.nextDispatchNanos()));
                due = queue.seats().isEmpty() ? Math.min(due, queue.heldUntilNanos(oldest)) : due;
            }
        }
        return queues.isEmpty() ? due : Math.min(due, Inference.saturatingAdd(modelsToldNanos, MODELS_PERIOD_NANOS));
    }

    /** The state in numbers, by model. */
    public Map<String, InferenceGauges> gauges() {
        return models.gauges();
    }

    private void onMessage(ToInferenceScheduler message) {
        if (message instanceof ToInferenceScheduler.Submit submit) {
            onSubmit(submit.request());
        } else if (message instanceof ToInferenceScheduler.Cancel cancel) {
            cancel.ids().forEach(this::onCancel);
        } else if (message instanceof ToInferenceScheduler.TellModels tell) {
            outbox.add(new InferenceEffect.TellGateway(
                    tell.gatewayId(), new ToInferenceGateway.Models(models.statuses())));
        } else if (message instanceof ToInferenceScheduler.ModelLoaded loaded) {
            onModelLoaded(loaded);
        } else if (message instanceof ToInferenceScheduler.ModelLeaving leaving) {
            onModelLeaving(leaving);
        } else if (message instanceof ToInferenceScheduler.BatchDone done) {
            onBatchDone(done);
        } else if (message instanceof ToInferenceScheduler.WorkerAlive alive) {
            onWorkerAlive(alive);
        } else if (message instanceof ToInferenceScheduler.WorkerGone gone) {
            workers.forget(gone.workerId());
            onWorkerGone(gone.workerId());
        }
    }

    private void onSubmit(InferenceRequest request) {
        if (book.containsKey(request.id())) {
            return;
        }
        VersionQueue queue = models.tryFor(request);
        if (queue == null) {
            outbox.refuse(request.id(), request.gatewayId(), Door.unknownModel());
            return;
        }
        expire(queue);
        Rejection rejection = door.tryReject(request, queue);
        if (rejection != null) {
            outbox.refuse(request.id(), request.gatewayId(), rejection);
            return;
        }
        Inference inference = new Inference(
                request,
                ShapeKey.of(request, queue.batching()),
                nowNanos,
                ++arrivals,
                Door.lateNanos(request, queue.batching().policyOf(request.requestClass()), nowNanos));
        book.put(inference.id(), new Entry(inference, queue));
        queue.line().add(inference);
        tend(queue);
    }

    private void onCancel(InferenceId id) {
        Entry entry = book.get(id);
        if (entry == null) {
            return;
        }
        if (entry.inference().state() == Inference.State.WAITING) {
            entry.queue().line().remove(entry.inference(), false);
            end(entry.inference(), InferenceEffect.End.CANCELLED);
            tend(entry.queue());
        } else if (entry.inference().state() == Inference.State.RUNNING) {
            entry.inference().toUnwanted();
        }
    }

    private void onModelLoaded(ToInferenceScheduler.ModelLoaded loaded) {
        VersionQueue queue = models.tryAdd(loaded.model(), nowNanos);
        if (queue == null) {
            return;
        }
        int instances = loaded.model().batching().instanceCount();
        Seat seat = queue.trySeat(loaded.workerId());
        if (seat == null && queue.seats().size() >= limits.workersMax()) {
            return;
        }
        queue.describeAs(loaded.model());
        if (seat == null) {
            queue.addSeat(new Seat(loaded.workerId(), instances));
        } else {
            seat.toStaying();
            seat.resize(instances);
        }
        workers.onHeard(loaded.workerId(), nowNanos);
        // Before the worker may call itself ready: gateways must know by then.
        tellModels();
        outbox.tellWorker(
                loaded.workerId(),
                new ToInferenceWorker.Welcome(
                        loaded.model().name(), loaded.model().version()));
        tend(queue);
    }

    private void onModelLeaving(ToInferenceScheduler.ModelLeaving leaving) {
        VersionQueue queue = models.tryGet(leaving.model(), leaving.version());
        Seat seat = queue == null ? null : queue.trySeat(leaving.workerId());
        if (queue == null || seat == null) {
            outbox.tellWorker(leaving.workerId(), new ToInferenceWorker.Released(leaving.model(), leaving.version()));
        } else if (!seat.isLeaving()) {
            seat.toLeaving();
            tend(queue);
            tellModels();
        }
    }

    private void onBatchDone(ToInferenceScheduler.BatchDone done) {
        workers.onHeard(done.workerId(), nowNanos);
        VersionQueue queue = models.tryGet(done.model(), done.version());
        Seat seat = queue == null ? null : queue.trySeat(done.workerId());
        Batch batch = seat == null ? null : seat.tryComeBack(done.batchId(), nowNanos);
        if (queue != null && batch != null) {
            queue.rate().onBatch(done.runNanos(), batch.rows());
            batch.inferences().forEach(inference -> end(inference, InferenceEffect.End.DONE));
            tend(queue);
        }
    }

    private void onWorkerAlive(ToInferenceScheduler.WorkerAlive alive) {
        boolean isKnown = workers.onHeard(alive.workerId(), nowNanos);
        for (ToInferenceScheduler.Running running : alive.running()) {
            VersionQueue queue = models.tryGet(running.model(), running.version());
            Seat seat = queue == null ? null : queue.trySeat(alive.workerId());
            if (queue == null || seat == null) {
                isKnown = false;
                continue;
            }
            seat.onCounts(running.inferences(), running.runs());
            seat.takeLost(running, ALIVE_PERIOD_NANOS, limits.reportsMissedMax(), nowNanos)
                    .forEach(batch -> runAgain(batch, queue));
            tend(queue);
        }
        if (!isKnown) {
            // It lost sight of this scheduler, or this scheduler has just begun.
            outbox.tellWorker(alive.workerId(), new ToInferenceWorker.TellModels());
        }
    }

    private void onWorkerGone(String workerId) {
        boolean isChanged = false;
        for (VersionQueue queue : models.all()) {
            Seat seat = queue.trySeat(workerId);
            if (seat != null) {
                isChanged = true;
                boolean wasLeaving = seat.isLeaving();
                queue.removeSeat(seat, nowNanos);
                seat.running().forEach(batch -> runAgain(batch, queue));
                if (wasLeaving && queue.seats().isEmpty() && queue.line().size() == 0) {
                    models.remove(queue);
                }
                tend(queue);
            }
        }
        if (isChanged) {
            tellModels();
        }
    }

    /** Its worker has lost it: what is still wanted goes back to where it was in the line. */
    private void runAgain(Batch batch, VersionQueue queue) {
        for (Inference inference : batch.inferences()) {
            if (inference.state() == Inference.State.UNWANTED) {
                end(inference, InferenceEffect.End.CANCELLED);
            } else if (inference.runs() >= limits.runsMax()) {
                refuse(inference, door.workersLost());
            } else {
                inference.toWaitingAgain();
                queue.line().add(inference);
            }
        }
    }

    /** Whatever happened to a queue: what is due, what may go, and whether it is done with. */
    private void tend(VersionQueue queue) {
        expire(queue);
        queue.dispatch(nowNanos, outbox);
        if (queue.releaseSeats(nowNanos, outbox)) {
            models.remove(queue);
        }
    }

    private void expire(VersionQueue queue) {
        Inference due = queue.line().tryFirstDue();
        while (due != null && due.dueNanos() <= nowNanos) {
            boolean isDead = due.deadlineNanos() <= nowNanos;
            if (!isDead && queue.batching().policyOf(due.requestClass()).timeoutAction() == TimeoutAction.DELAY) {
                queue.line().putBehind(due);
            } else {
                queue.line().remove(due, false);
                refuse(due, isDead ? Door.deadline() : door.queueTimeout(queue));
            }
            due = queue.line().tryFirstDue();
        }
        Inference oldest = queue.line().tryOldest();
        while (queue.seats().isEmpty() && oldest != null && queue.heldUntilNanos(oldest) <= nowNanos) {
            queue.line().remove(oldest, false);
            refuse(oldest, door.noWorker());
            oldest = queue.line().tryOldest();
        }
    }

    private void refuse(Inference inference, Rejection rejection) {
        book.remove(inference.id());
        inference.toEnded();
        outbox.refuse(inference.id(), inference.gatewayId(), rejection);
    }

    private void end(Inference inference, InferenceEffect.End end) {
        book.remove(inference.id());
        inference.toEnded();
        outbox.add(new InferenceEffect.Ended(inference.id(), end));
    }

    private void tellModels() {
        modelsToldNanos = nowNanos;
        outbox.tellGateways(new ToInferenceGateway.Models(models.statuses()));
    }
}
