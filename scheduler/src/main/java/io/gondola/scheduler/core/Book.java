package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.NodeNames;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.StepBudget;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import io.gondola.scheduler.collect.Attempts;
import io.gondola.scheduler.core.Effect.End;
import io.gondola.scheduler.presence.LifeSign;
import io.gondola.scheduler.presence.Roster;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which generations there are, from their entry to their one end. */
final class Book implements Roster {

    private final String model;
    private final SchedulerLimits limits;
    private final WaitingLine line;
    private final WorkerPool pool;
    private final Boarding boarding;
    private final Outbox outbox;
    private final Attempts<Generation> attempts;

    private long arrivals;
    /** Generations revoked or preempted whose workers have not said yet that they are gone. */
    int revoked;

    Book(String model, SchedulerLimits limits, WaitingLine line, WorkerPool pool, Boarding boarding, Outbox outbox) {
        this.model = model;
        this.limits = limits;
        this.line = line;
        this.pool = pool;
        this.boarding = boarding;
        this.outbox = outbox;
        attempts = new Attempts<>(limits.memory().endedMax());
    }

    /** The newest attempt, if that has not ended. */
    @Nullable
    Generation tryGet(GenerationId id) {
        return attempts.tryGet(id);
    }

    /** This attempt, if it is aboard this worker. */
    @Nullable
    Generation tryGetAboard(String workerId, GenerationRef ref) {
        return attempts.tryFind(ref, generation -> {
            Worker worker = generation.worker();
            return worker != null && worker.id.equals(workerId);
        });
    }

    /** Whether this attempt is newer than all that was heard of the generation. */
    boolean isNews(GenerationRef ref) {
        return attempts.isNews(ref);
    }

    Generation enter(GenerationRequest request, long nowNanos) {
        Generation generation = new Generation(request, nowNanos, ++arrivals);
        attempts.onOpened(generation);
        line.add(generation);
        return generation;
    }

    /** It is refused at the door, or was cancelled before it came, which has no reason. */
    void refuse(GenerationRef ref, @Nullable Rejection rejection) {
        attempts.onRefused(ref, rejection);
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
            tellToLeave(worker.id, List.of(generation.ref));
            return;
        }
        Rejection rejection = end == End.CANCELLED ? new Rejection(Rejection.Reason.CANCELLED, "", 0, 0) : null;
        leaveLine(generation, end, rejection);
        if (rejection != null) {
            outbox.tellRejected(generation.gatewayId, List.of(generation.ref), rejection);
        }
    }

    /** It makes room on its worker; the gateway goes on with it when the worker has let it go. */
    void preempt(Generation generation, Worker worker) {
        generation.toPreempted();
        onRevoked(generation);
        tellToLeave(worker.id, List.of(generation.ref));
    }

    /** It stops waiting without having boarded. */
    void leaveLine(Generation waiting, End end, @Nullable Rejection rejection) {
        line.remove(waiting);
        boarding.onGone(waiting);
        end(waiting, end, rejection);
    }

    /** It was aboard and is no more; its slot and KV tokens are accounted for by the caller. */
    void leaveWorker(Generation generation, int outputTokens, End end) {
        if (generation.state() != Generation.State.ABOARD) {
            revoked--;
        }
        boolean goesOn = end == End.LOST || end == End.PREEMPTED;
        line.of(generation.requestClass).settle(generation, outputTokens, goesOn);
        end(generation, end, null);
    }

    @Override
    public boolean hasWorker(String workerId) {
        return pool.tryGet(workerId) != null;
    }

    @Override
    public boolean tryJoin(LifeSign sign, String workerId, ModelDescription description, long nowNanos) {
        Worker worker = new Worker(sign, workerId, pool.joins + 1, description);
        boolean isTaken = pool.size() < limits.memory().workersMax() && worker.capabilityTokens() > 0;
        if (isTaken) {
            pool.add(worker, nowNanos);
        }
        return isTaken;
    }

    @Override
    public void turnAway(String workerId) {
        int workersMax = limits.memory().workersMax();
        String reason = pool.size() < workersMax
                ? "it has no slot, or no room for a token"
                : "there are as many as there may be (workersMax is " + workersMax + ")";
        outbox.tellWorker(workerId, new ToWorker.Refused(model, reason));
    }

    @Override
    public void welcome(String workerId) {
        SchedulerLimits.Step step = limits.step();
        int sequencesMax = Math.min(step.stepSequencesMax(), worker(workerId).slots);
        outbox.tellWorker(
                worker(workerId),
                new ToWorker.Welcome(model, new StepBudget(sequencesMax, step.stepPrefillTokensMax())));
    }

    @Override
    public long toldNumber(String workerId) {
        return worker(workerId).toldNumber;
    }

    @Override
    public void onWorkerGone(String workerId) {
        Worker worker = pool.tryGet(workerId);
        if (worker != null) {
            boarding.onLeft(worker);
            pool.remove(worker);
            lose(worker.aboard());
        }
    }

    @Override
    public Claim claim(String workerId, ToScheduler.Aboard one, long nowNanos) {
        Worker worker = worker(workerId);
        Generation there = tryGetAboard(workerId, one.ref());
        if (there != null) {
            return there.state() == Generation.State.ABOARD ? Claim.WANTED : Claim.LEAVING;
        }
        Generation known = tryGet(one.ref().id());
        boolean isWaiting = known != null && known.ref.equals(one.ref()) && known.worker() == null;
        if (!isWaiting && !isNews(one.ref())) {
            return Claim.STRAY;
        }
        if (known != null && !isWaiting) {
            drop(known, End.REPLACED);
        }
        Generation adopted = known != null && isWaiting ? known : enter(one.toRequest(model), nowNanos);
        boarding.onGone(adopted);
        line.board(adopted, nowNanos);
        pool.adopt(worker, adopted);
        adopted.toAboard(worker, 0);
        outbox.add(new Effect.Adopted(adopted.ref, workerId));
        return Claim.WANTED;
    }

    @Override
    public void setStrays(String workerId, int sequences, long kvTokens) {
        pool.setStrays(worker(workerId), sequences, kvTokens);
    }

    @Override
    public void tellToLeave(String workerId, List<GenerationRef> refs) {
        outbox.tellWorker(worker(workerId), new ToWorker.Revoke(model, refs));
    }

    @Override
    public void loseMissing(String workerId, Set<GenerationRef> there, long seenNumber) {
        Worker worker = worker(workerId);
        List<Generation> gone = worker.aboard().stream()
                .filter(generation -> generation.isAdmittedBy(seenNumber) && !there.contains(generation.ref))
                .toList();
        gone.forEach(generation -> pool.leave(worker, generation));
        lose(gone);
    }

    @Override
    public boolean isOpen(GenerationRef ref) {
        Generation known = tryGet(ref.id());
        return known != null && known.ref.equals(ref) && known.state() != Generation.State.REVOKED;
    }

    @Override
    public boolean hasEnded(GenerationRef ref) {
        return attempts.hasEnded(ref);
    }

    @Override
    public @Nullable Rejection tryRejection(GenerationRef ref) {
        return attempts.tryRejection(ref);
    }

    @Override
    public void tellRejected(String gatewayId, GenerationRef ref, Rejection rejection) {
        outbox.tellRejected(gatewayId, List.of(ref), rejection);
    }

    @Override
    public void tellLost(String gatewayId, List<GenerationRef> refs) {
        outbox.tellLost(gatewayId, refs);
    }

    @Override
    public void onGatewayGone(String gatewayId, Runnable onAwaited) {
        List<Generation> awaited = attempts.open().stream()
                .filter(one -> NodeNames.isOn(gatewayId, one.gatewayId) && one.state() != Generation.State.REVOKED)
                .sorted(Comparator.comparingLong(one -> one.arrivalNumber))
                .toList();
        awaited.stream().findFirst().ifPresent(first -> onAwaited.run());
        awaited.forEach(generation -> drop(generation, End.CANCELLED));
    }

    private Worker worker(String workerId) {
        Worker worker = pool.tryGet(workerId);
        if (worker == null) {
            throw new IllegalStateException("no worker " + workerId);
        }
        return worker;
    }

    /** Their worker does not have them any more. */
    private void lose(Collection<Generation> gone) {
        Map<String, List<GenerationRef>> lost = new LinkedHashMap<>();
        for (Generation generation : gone) {
            boolean isLost = generation.state() != Generation.State.REVOKED;
            if (isLost) {
                lost.computeIfAbsent(generation.gatewayId, added -> new ArrayList<>())
                        .add(generation.ref);
            }
            leaveWorker(generation, 0, isLost ? End.LOST : End.CANCELLED);
        }
        lost.forEach(outbox::tellLost);
    }

    private void onRevoked(Generation generation) {
        revoked++;
        pool.onRevoked(generation);
    }

    private void end(Generation generation, End end, @Nullable Rejection rejection) {
        generation.toEnded();
        attempts.onOver(generation, rejection);
        outbox.add(new Effect.Ended(generation.ref, end));
    }
}
