package io.gondola.scheduler.core;

import io.gondola.protocol.RequestClass;
import io.gondola.scheduler.collect.Heap;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The workers of the model and what is reserved on them. Where a request boards is for {@link Placement} to say. One
 * worker may be set aside for a request that needs more room than any has; nobody else boards it meanwhile.
 */
final class WorkerPool {

    private final Map<String, Worker> workers = new LinkedHashMap<>();
    private final Placement placement;
    /** Those aboard that interactive work may displace. */
    private final Heap<Generation> preemptible = Heap.byFirstPlace();

    private final int preemptionsMax;
    private @Nullable Worker setAside;
    /** Before that there may be workers that this owner has not heard yet: it refuses nobody for want of one. */
    boolean isComplete;

    int joins;
    long slots;
    long slotsUsed;
    int strays;
    long kvTokensMax;
    long kvTokensUsed;
    /** KV tokens of the largest request that any worker could ever serve. */
    long capabilityTokens;

    WorkerPool(SchedulerLimits limits) {
        preemptionsMax = limits.order().preemptionsMax();
        placement = new Placement(limits.placement());
    }

    @Nullable
    Worker tryGet(String workerId) {
        return workers.get(workerId);
    }

    Collection<Worker> all() {
        return workers.values();
    }

    int size() {
        return workers.size();
    }

    void add(Worker worker, long nowNanos) {
        joins = worker.number;
        workers.put(worker.id, worker);
        slots += worker.slots;
        kvTokensMax += worker.kvTokensMax;
        capabilityTokens = Math.max(capabilityTokens, worker.capabilityTokens());
        placement.onJoined(worker, nowNanos);
    }

    void remove(Worker worker) {
        placement.onLeft(worker);
        if (setAside == worker) {
            setAside = null;
        }
        workers.remove(worker.id);
        worker.aboard().forEach(preemptible::remove);
        slots -= worker.slots;
        slotsUsed -= worker.slotsUsed();
        strays -= worker.strays;
        kvTokensMax -= worker.kvTokensMax;
        kvTokensUsed -= worker.kvTokensUsed();
        if (worker.capabilityTokens() == capabilityTokens) {
            capabilityTokens = 0;
            for (Worker left : workers.values()) {
                capabilityTokens = Math.max(capabilityTokens, left.capabilityTokens());
            }
        }
    }

    /** It keeps what it has and gets nothing new; nothing to a worker that is not known. */
    void drain(String workerId) {
        Worker worker = workers.get(workerId);
        if (worker != null) {
            placement.exclude(worker);
            worker.isDraining = true;
            setAside = setAside == worker ? null : setAside;
        }
    }

    /** The worker that this one is to board now, if it fits anywhere. */
    @Nullable
    Worker tryPlace(Generation generation, long nowNanos) {
        return placement.tryPlace(generation, nowNanos);
    }

    void board(Worker worker, Generation generation) {
        if (generation.kvTokens > worker.roomTokens()) {
            throw new IllegalStateException(generation.ref + " has no room on " + worker.id);
        }
        adopt(worker, generation);
    }

    /** It is aboard already, whether there is room in the book or not. */
    void adopt(Worker worker, Generation generation) {
        worker.board(generation);
        onChanged(worker);
        slotsUsed++;
        kvTokensUsed += generation.kvTokens;
        if (generation.requestClass == RequestClass.BATCH && generation.ref.attempt() < preemptionsMax) {
            // The newest, who lose least, first.
            preemptible.put(generation, -generation.arrivalNumber, 0);
        }
    }

    void setStrays(Worker worker, int sequences, long kvTokens) {
        strays += sequences - worker.strays;
        slotsUsed += sequences - worker.strays;
        kvTokensUsed += kvTokens - worker.strayTokens;
        worker.strays = sequences;
        worker.strayTokens = kvTokens;
        onChanged(worker);
    }

    /** It is on its way out already. */
    void onRevoked(Generation generation) {
        preemptible.remove(generation);
    }

    /** Someone aboard in whose place a request of this need would fit. */
    @Nullable
    Generation tryVictim(long kvTokens) {
        return preemptible.tryFirst(generation -> {
            Worker worker = generation.worker();
            return worker != null && worker != setAside && worker.roomTokensWithout(generation) >= kvTokens;
        });
    }

    void leave(Worker worker, Generation generation) {
        worker.leave(generation);
        onChanged(worker);
        slotsUsed--;
        preemptible.remove(generation);
        kvTokensUsed -= generation.kvTokens;
    }

    /** Keeps others off the worker that comes closest to this need; null when none could ever serve it. */
    @Nullable
    Worker trySetAside(long kvTokens) {
        Worker best = null;
        for (Worker worker : workers.values()) {
            if (!worker.isDraining
                    && worker.capabilityTokens() >= kvTokens
                    && (best == null || worker.freeTokens() > best.freeTokens())) {
                best = worker;
            }
        }
        if (best != null) {
            placement.exclude(best);
            setAside = best;
        }
        return best;
    }

    void giveBack() {
        Worker worker = setAside;
        setAside = null;
        if (worker != null) {
            onChanged(worker);
        }
    }

    /** KV tokens of the largest request that has room now; 0 when none has. */
    long roomTokens() {
        return placement.roomTokens();
    }

    private void onChanged(Worker worker) {
        if (worker != setAside && !worker.isDraining) {
            placement.onChanged(worker);
        }
    }
}
