package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.ToWorker;
import io.gondola.scheduler.core.Effect.End;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which generations there are, from their entry to their one end. */
final class Book {

    private final String model;
    private final WaitingLine line;
    private final WorkerPool pool;
    private final Boarding boarding;
    private final Outbox outbox;
    private final EndedMemory ended;
    /** The newest attempt of each generation that has not ended. */
    private final Map<GenerationId, Generation> current = new HashMap<>();

    private long arrivals;
    private int revoked;

    Book(String model, WaitingLine line, WorkerPool pool, Boarding boarding, Outbox outbox, EndedMemory ended) {
        this.model = model;
        this.line = line;
        this.pool = pool;
        this.boarding = boarding;
        this.outbox = outbox;
        this.ended = ended;
    }

    @Nullable
    Generation tryGet(GenerationId id) {
        return current.get(id);
    }

    /** Whether this attempt is newer than all that was heard of the generation. */
    boolean isNews(GenerationRef ref) {
        Generation known = current.get(ref.id());
        return !ended.covers(ref) && (known == null || known.ref.attempt() < ref.attempt());
    }

    /** Generations revoked or preempted whose workers have not said yet that they are gone. */
    int revoked() {
        return revoked;
    }

    void enter(GenerationRequest request, long nowNanos) {
        Generation generation = new Generation(request, nowNanos, ++arrivals);
        current.put(generation.ref.id(), generation);
        line.add(generation);
    }

    /** It is refused at the door, or was cancelled before it came. */
    void refuse(GenerationRef ref) {
        ended.add(ref);
    }

    /** Nobody wants it any more, whatever its state. */
    void drop(Generation generation, End end) {
        Worker worker = generation.worker();
        if (worker != null) {
            if (generation.state() == Generation.State.ABOARD) {
                onRevoked(generation);
            }
            if (generation.state() != Generation.State.REVOKED) {
                generation.toRevoked();
            }
            tellRevoke(generation, worker);
            return;
        }
        leaveLine(generation, end);
        if (end == End.CANCELLED) {
            outbox.tellRejected(List.of(generation.request), new Rejection(Rejection.Reason.CANCELLED, "", 0, 0));
        }
    }

    /** It makes room on its worker; the gateway goes on with it when the worker has let it go. */
    void preempt(Generation generation, Worker worker) {
        generation.toPreempted();
        onRevoked(generation);
        tellRevoke(generation, worker);
    }

    /** It stops waiting without having boarded. */
    void leaveLine(Generation waiting, End end) {
        line.remove(waiting);
        boarding.onGone(waiting);
        end(waiting, end);
    }

    /** It was aboard and is no more; its slot and KV tokens are accounted for by the caller. */
    void leaveWorker(Generation generation, int outputTokens, End end) {
        if (generation.state() != Generation.State.ABOARD) {
            revoked--;
        }
        boolean goesOn = end == End.LOST || end == End.PREEMPTED;
        line.of(generation.requestClass()).settle(generation, outputTokens, goesOn);
        end(generation, end);
    }

    private void onRevoked(Generation generation) {
        revoked++;
        pool.onRevoked(generation);
    }

    private void tellRevoke(Generation generation, Worker worker) {
        outbox.add(new Effect.TellWorker(worker.id, new ToWorker.Revoke(model, List.of(generation.ref))));
    }

    private void end(Generation generation, End end) {
        generation.toEnded();
        current.remove(generation.ref.id(), generation);
        ended.add(generation.ref);
        outbox.add(new Effect.Ended(generation.ref, end));
    }
}
