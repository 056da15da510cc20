package io.gondola.scheduler.inference;

import io.gondola.protocol.Instants;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import java.util.List;
import java.util.Map;

/**
 * The owner of all queues of inferences: told what happened and what time it is, it answers with what is to be done.
 *
 * <p>The same events at the same times give the same effects. The states of an inference are drawn at {@link Inference},
 * when a batch goes is said at {@link VersionQueue}. What messages and lives of owners lose is mended by what is said again
 * and again: workers say what they have, this owner what there is, gateways ask after what they wait for.
 */
public final class InferenceCore {

    private static final long ALIVE_PERIOD_NANOS = ToInferenceScheduler.WorkerAlive.PERIOD_MILLIS * 1_000_000;
    private static final long MODELS_PERIOD_NANOS = ToInferenceGateway.Models.PERIOD_MILLIS * 1_000_000;

    private final InferenceLimits limits;
    private final long epoch;
    private final InferenceOutbox outbox;
    private final Models models;
    private final Door door;
    private final Book book;
    private final Youth youth;
    private final WorkersHeard workers;

    private long nowNanos = Long.MIN_VALUE;
    private boolean hasBegun;
    private long arrivals;
    private long modelsToldNanos;

    /** @param epoch names this life of the owner, and is where its batches are counted from: those of another mean nothing */
    public InferenceCore(InferenceLimits limits, long epoch) {
        this.limits = limits;
        this.epoch = epoch;
        outbox = new InferenceOutbox(epoch);
        models = new Models(limits, epoch);
        door = new Door(limits);
        book = new Book(limits, door, outbox);
        youth = new Youth(limits);
        workers = new WorkersHeard(
                limits.loss().workerSilenceNanosMax(), limits.known().workersMax(), 2 * MODELS_PERIOD_NANOS);
    }

    /** Takes one event in and answers with what is to be done, in this order. */
    public List<InferenceEffect> on(InferenceEvent event, long atNanos) {
        nowNanos = Math.max(nowNanos, atNanos);
        workers.onTime(nowNanos);
        if (!hasBegun) {
            begin();
        }
        if (event instanceof InferenceEvent.Received received) {
            onMessage(received.message());
        } else if (event instanceof InferenceEvent.GatewayLost lost) {
            book.of(lost.nodeId()).forEach(this::cancel);
        } else if (event instanceof InferenceEvent.WorkersPresent workersPresent) {
            youth.onPresent(workersPresent.workerIds());
        } else {
            onTimePassed();
        }
        if (youth.tryEnd(nowNanos)) {
            tellModels();
            youth.takeAll().forEach(this::onSubmit);
        }
        return outbox.takeAll();
    }

    private void begin() {
        hasBegun = true;
        youth.begin(nowNanos);
        outbox.add(new InferenceEffect.TellWorkers(new ToInferenceWorker.TellModels()));
        tellModels();
    }

    private void onTimePassed() {
        workers.takeSilent().forEach(this::onWorkerGone);
        models.all().forEach(this::tend);
        models.forgetUnused(nowNanos);
        if (nowNanos - modelsToldNanos >= MODELS_PERIOD_NANOS) {
            tellModels();
        }
    }

    /** When something is due if nothing happens before: tell {@link InferenceEvent.TimePassed} then. */
    public long nextDueNanos() {
        if (!hasBegun) {
            return nowNanos;
        }
        long due = Math.min(workers.nextSilenceNanos(nowNanos), Instants.after(modelsToldNanos, MODELS_PERIOD_NANOS));
        due = Math.min(due, youth.endNanos());
        for (VersionQueue queue : models.all()) {
            due = Math.min(due, queue.nextDueNanos());
        }
        return due;
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
        } else if (message instanceof ToInferenceScheduler.Inquire inquire) {
            onInquire(inquire);
        } else if (message instanceof ToInferenceScheduler.TellModels tell) {
            outbox.add(new InferenceEffect.TellGateway(tell.gatewayId(), modelsNow()));
        } else if (message instanceof ToInferenceScheduler.ModelLoaded loaded) {
            onModelLoaded(loaded);
        } else if (message instanceof ToInferenceScheduler.ModelLeaving leaving) {
            onModelGoing(leaving.workerId(), leaving.model(), leaving.version(), Seat.Stay.UNLOADING);
        } else if (message instanceof ToInferenceScheduler.ModelDraining draining) {
            onModelGoing(draining.workerId(), draining.model(), draining.version(), Seat.Stay.DRAINING);
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
        if (book.tryGet(request.id()) != null) {
            return;
        }
        VersionQueue queue = models.tryFor(request);
        if (queue == null) {
            if (!youth.tryKeep(request)) {
                outbox.refuse(request.id(), request.gatewayId(), Door.unknownModel());
            }
            return;
        }
        book.expire(queue, nowNanos);
        Rejection rejection = door.tryReject(request, queue, nowNanos);
        if (rejection != null) {
            queue.onRefused(0);
            outbox.refuse(request.id(), request.gatewayId(), rejection);
            return;
        }
        Inference inference = new Inference(
                request,
                ShapeKey.of(request, queue.batching()),
                nowNanos,
                ++arrivals,
                Door.lateNanos(request, queue.batching().policyOf(request.requestClass()), nowNanos));
        book.enter(inference, queue);
        tend(queue);
    }

    private void onCancel(InferenceId id) {
        youth.remove(id);
        Book.Entry entry = book.tryGet(id);
        if (entry != null) {
            cancel(entry);
        }
    }

    private void cancel(Book.Entry entry) {
        if (book.cancel(entry)) {
            tend(entry.queue());
        }
    }

    private void onInquire(ToInferenceScheduler.Inquire inquire) {
        List<InferenceId> missing = inquire.ids().stream()
                .filter(id -> book.tryGet(id) == null && !youth.has(id))
                .toList();
        if (!missing.isEmpty()) {
            outbox.add(new InferenceEffect.TellGateway(
                    inquire.gatewayId(), new ToInferenceGateway.NotHere(epoch, missing)));
        }
    }

    private void onModelLoaded(ToInferenceScheduler.ModelLoaded loaded) {
        ToInferenceWorker refusal = models.tryRefuse(loaded);
        if (refusal != null) {
            outbox.tellWorker(loaded.workerId(), refusal);
            models.all().forEach(this::tend);
            return;
        }
        VersionQueue queue = models.tryAdd(loaded, nowNanos);
        if (queue == null || !queue.tryWelcome(loaded)) {
            return;
        }
        workers.onHeard(loaded.workerId());
        // Before the worker may call itself ready: gateways must know by then.
        tellModels();
        outbox.tellWorker(
                loaded.workerId(),
                new ToInferenceWorker.Welcome(
                        loaded.model().name(), loaded.model().version()));
        tend(queue);
        youth.takeAll().forEach(this::onSubmit);
    }

    private void onModelGoing(String workerId, String model, long version, Seat.Stay stay) {
        VersionQueue queue = models.tryGet(model, version);
        Seat seat = queue == null ? null : queue.trySeat(workerId);
        if (queue == null || seat == null) {
            outbox.tellWorker(workerId, new ToInferenceWorker.Released(model, version));
        } else if (seat.stay() != stay) {
            seat.toGoing(stay);
            tend(queue);
            tellModels();
        }
    }

    private void onBatchDone(ToInferenceScheduler.BatchDone done) {
        workers.onHeard(done.workerId());
        VersionQueue queue = models.tryGet(done.model(), done.version());
        Seat seat = queue == null ? null : queue.trySeat(done.workerId());
        if (queue == null || seat == null) {
            return;
        }
        seat.onStatistics(done.statistics());
        Batch batch = seat.tryComeBack(done.batchId(), nowNanos);
        if (batch != null) {
            queue.rate().onBatch(done.runNanos(), batch.rows());
            batch.inferences().forEach(inference -> book.end(inference, InferenceEffect.End.DONE));
            tend(queue);
        }
    }

    private void onWorkerAlive(ToInferenceScheduler.WorkerAlive alive) {
        boolean isKnown = workers.onHeard(alive.workerId());
        for (ToInferenceScheduler.Running running : alive.running()) {
            VersionQueue queue = models.tryGet(running.model(), running.version());
            Seat seat = queue == null ? null : queue.trySeat(alive.workerId());
            if (queue == null || seat == null) {
                isKnown = false;
                continue;
            }
            seat.onStatistics(running.statistics());
            seat.takeLost(running, ALIVE_PERIOD_NANOS, limits.loss().reportsMissedMax(), nowNanos)
                    .forEach(batch -> book.runAgain(batch, queue, nowNanos));
            tend(queue);
        }
        if (isKnown || alive.running().isEmpty()) {
            youth.onSaidAll(alive.workerId());
        } else {
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
                boolean wasUnloading = seat.stay() == Seat.Stay.UNLOADING;
                queue.removeSeat(seat, nowNanos);
                seat.running().forEach(batch -> book.runAgain(batch, queue, nowNanos));
                if (wasUnloading && queue.seats().isEmpty() && queue.line().size() == 0) {
                    models.remove(queue);
                }
                tend(queue);
            }
        }
        if (isChanged) {
            tellModels();
        }
    }

    /** Whatever happened to a queue: what is due, what may go, and whether it is done with. */
    private void tend(VersionQueue queue) {
        book.expire(queue, nowNanos);
        queue.dispatch(nowNanos, outbox);
        if (queue.releaseSeats(nowNanos, outbox)) {
            models.remove(queue);
        }
    }

    private void tellModels() {
        modelsToldNanos = nowNanos;
        outbox.tellGateways(modelsNow());
    }

    private ToInferenceGateway.Models modelsNow() {
        return new ToInferenceGateway.Models(epoch, youth.isOver(), models.statuses(), workers.ids());
    }
}
