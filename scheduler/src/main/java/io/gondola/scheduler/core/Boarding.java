package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.QueueWait;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.WaitReason;
import io.gondola.scheduler.collect.MostlyOne;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who boards where, now: in the order of the line, each on the worker that {@link Placement} picks.
 *
 * <p>A request without room does not stop those behind it: up to {@code passedOverMax} are passed over in a round. It
 * does not starve either: passed over for {@code passedOverNanosMax}, it gets the worker that comes closest set aside,
 * on which nobody else boards until it does. One request at a time has a worker set aside.
 */
final class Boarding {

    private final String model;
    private final SchedulerLimits limits;
    private final WaitingLine line;
    private final WorkerPool pool;
    private final Outbox outbox;
    private @Nullable Generation setAsideFor;
    private @Nullable Worker setAside;
    private long newestBoarded;
    private long warmSinceNanos = Long.MIN_VALUE;

    private final List<Generation> passedOver = new ArrayList<>();
    /** Whom somebody boards with the event at hand. */
    private final List<Worker> boarded = new ArrayList<>();

    Boarding(String model, SchedulerLimits limits, WaitingLine line, WorkerPool pool, Outbox outbox) {
        this.outbox = outbox;
        this.model = model;
        this.limits = limits;
        this.line = line;
        this.pool = pool;
    }

    /** Boards all that may, several to one worker in one message. */
    void run(long nowNanos) {
        Generation first = setAsideFor;
        Worker kept = setAside;
        if (first != null && kept != null && kept.roomTokens() >= first.kvTokens) {
            release();
            board(first, kept, nowNanos);
        }
        while (pool.roomTokens() > 0 && passedOver.size() <= limits.order().passedOverMax()) {
            Generation next = line.tryNext(nowNanos);
            if (next == null) {
                break;
            }
            Worker worker = pool.tryPlace(next, nowNanos);
            if (worker == null) {
                passOver(next, nowNanos);
            } else {
                onGone(next);
                board(next, worker, nowNanos);
            }
        }
        passedOver.forEach(generation -> line.of(generation.requestClass).show(generation));
        passedOver.clear();
        boarded.forEach(this::tellAdmit);
        boarded.clear();
    }

    /** This one waits no longer: a worker set aside for it is for everyone again. */
    void onGone(Generation generation) {
        if (generation == setAsideFor) {
            release();
        }
    }

    /** There is a worker again, or for the first time. */
    void onWarm(long nowNanos) {
        warmSinceNanos = nowNanos;
    }

    /** This worker has left. */
    void onLeft(Worker worker) {
        if (worker == setAside) {
            release();
        }
    }

    private void board(Generation generation, Worker worker, long nowNanos) {
        line.board(generation, nowNanos);
        pool.board(worker, generation);
        long waitNanos = nowNanos - generation.arrivalNanos;
        WaitReason reason = waitReason(generation, nowNanos);
        if (worker.admitted.isEmpty()) {
            boarded.add(worker);
        }
        GenerationRequest request = generation.request().withTimeoutNanos(generation.deadlineNanos - nowNanos);
        worker.admitted = MostlyOne.with(worker.admitted, request);
        // Not its number, but none between the two goes to this worker.
        generation.toAboard(worker, outbox.nextNumber());
        worker.waits = MostlyOne.with(worker.waits, new QueueWait(waitNanos, reason));
        outbox.add(new Effect.Boarded(generation.ref, worker.id, waitNanos, reason));
        newestBoarded = Math.max(newestBoarded, generation.arrivalNumber);
    }

    private void tellAdmit(Worker worker) {
        outbox.tellWorker(worker, new ToWorker.Admit(model, worker.admitted, worker.waits));
        worker.admitted = List.of();
        worker.waits = List.of();
    }

    /** What it has waited for until now. */
    WaitReason waitReason(Generation generation, long nowNanos) {
        if (generation.arrivalNanos == nowNanos) {
            return WaitReason.NONE;
        } else if (pool.size() == 0 || generation.arrivalNanos < warmSinceNanos) {
            return WaitReason.COLD_START;
        } else if (generation.wasPassedOver()) {
            return WaitReason.NO_KV_ROOM;
        }
        return generation.arrivalNumber < newestBoarded ? WaitReason.FAIRNESS : WaitReason.NO_SLOT;
    }

    private void passOver(Generation generation, long nowNanos) {
        passedOver.add(generation);
        line.of(generation.requestClass).hide(generation);
        boolean isTooLong = generation.passOver(nowNanos) >= limits.order().passedOverNanosMax();
        if (setAsideFor == null && isTooLong) {
            setAside = pool.trySetAside(generation.kvTokens);
            setAsideFor = setAside == null ? null : generation;
        }
    }

    private void release() {
        setAsideFor = null;
        setAside = null;
        pool.giveBack();
    }
}
