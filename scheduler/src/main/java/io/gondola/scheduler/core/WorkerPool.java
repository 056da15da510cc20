package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.RequestClass;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The workers of the model and where the next request fits: on the emptiest that has room.
 *
 * <p>Emptiest is the least share of slots in use, then the most KV tokens free. One worker may be set aside for a
 * request that needs more room than any has; nobody else boards it meanwhile.
 */
final class WorkerPool {

    /** Workers looked at for the emptiest with room, before the roomiest is taken. */
    private static final int PROBES_MAX = 16;

    private static final Comparator<Worker> BY_LOAD = WorkerPool::compareLoad;
    private static final Comparator<Worker> BY_ROOM =
            Comparator.comparingLong(Worker::roomTokens).reversed().thenComparing(worker -> worker.id);

    private final Map<String, Worker> workers = new LinkedHashMap<>();
    private final TreeSet<Worker> freeByLoad = new TreeSet<>(BY_LOAD);
    private final TreeSet<Worker> freeByRoom = new TreeSet<>(BY_ROOM);
    /** Those aboard that interactive work may displace: the newest, who lose least, first. */
    private final TreeSet<Generation> preemptible = new TreeSet<>(Generation.NEWEST_FIRST);

    private final int preemptionsMax;
    private @Nullable Worker setAside;
    private long slots;
    private long slotsUsed;
    private int strays;
    private long kvTokensMax;
    private long kvTokensUsed;
    private long capabilityTokens;

    /** @param preemptionsMax attempts of a batch generation that may be displaced */
    WorkerPool(int preemptionsMax) {
        this.preemptionsMax = preemptionsMax;
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

    void add(Worker worker) {
        workers.put(worker.id, worker);
        slots += worker.slots();
        kvTokensMax += worker.kvTokensMax();
        capabilityTokens = Math.max(capabilityTokens, worker.capabilityTokens());
        index(worker);
    }

    void remove(Worker worker) {
        unindex(worker);
        if (setAside == worker) {
            setAside = null;
        }
        workers.remove(worker.id);
        worker.aboard().forEach(preemptible::remove);
        slots -= worker.slots();
        slotsUsed -= worker.slotsUsed();
        strays -= worker.strays;
        kvTokensMax -= worker.kvTokensMax();
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
            unindex(worker);
            worker.isDraining = true;
            setAside = setAside == worker ? null : setAside;
        }
    }

    /** The emptiest worker with a free slot and this many KV tokens free. */
    @Nullable
    Worker tryPlace(long kvTokens) {
        if (freeByRoom.isEmpty() || freeByRoom.first().roomTokens() < kvTokens) {
            return null;
        }
        int probes = 0;
        for (Worker worker : freeByLoad) {
            if (worker.roomTokens() >= kvTokens) {
                return worker;
            }
            if (++probes == PROBES_MAX) {
                break;
            }
        }
        return freeByRoom.first();
    }

    void board(Worker worker, Generation generation) {
        if (generation.kvTokens > worker.roomTokens()) {
            throw new IllegalStateException(generation.ref + " has no room on " + worker.id);
        }
        adopt(worker, generation);
    }

    /** It is aboard already, whether there is room in the book or not. */
    void adopt(Worker worker, Generation generation) {
        unindex(worker);
        worker.board(generation);
        index(worker);
        slotsUsed++;
        kvTokensUsed += generation.kvTokens;
        if (generation.requestClass() == RequestClass.BATCH && generation.ref.attempt() < preemptionsMax) {
            preemptible.add(generation);
        }
    }

    void setStrays(Worker worker, int sequences, long kvTokens) {
        unindex(worker);
        strays += sequences - worker.strays;
        slotsUsed += sequences - worker.strays;
        kvTokensUsed += kvTokens - worker.strayTokens;
        worker.strays = sequences;
        worker.strayTokens = kvTokens;
        index(worker);
    }

    /** It is on its way out already. */
    void onRevoked(Generation generation) {
        preemptible.remove(generation);
    }

    /** Someone aboard in whose place a request of this need would fit. */
    @Nullable
    Generation tryVictim(long kvTokens) {
        int probes = 0;
        for (Generation generation : preemptible) {
            Worker worker = generation.worker();
            if (worker != null && worker != setAside && worker.roomTokensWithout(generation) >= kvTokens) {
                return generation;
            }
            if (++probes == PROBES_MAX) {
                break;
            }
        }
        return null;
    }

    @Nullable
    Generation tryLeave(Worker worker, GenerationRef ref) {
        unindex(worker);
        Generation generation = worker.tryLeave(ref);
        index(worker);
        if (generation != null) {
            slotsUsed--;
            preemptible.remove(generation);
            kvTokensUsed -= generation.kvTokens;
        }
        return generation;
    }

    /** Keeps others off the worker that comes closest to this need; null when none could ever serve it. */
    @Nullable
    Worker trySetAside(long kvTokens) {
        Worker best = null;
        for (Worker worker : workers.values()) {
            if (!worker.isDraining
                    && worker.capabilityTokens() >= kvTokens
                    && (best == null || freeTokens(worker) > freeTokens(best))) {
                best = worker;
            }
        }
        if (best != null) {
            unindex(best);
            setAside = best;
        }
        return best;
    }

    void giveBack() {
        Worker worker = setAside;
        setAside = null;
        if (worker != null) {
            index(worker);
        }
    }

    boolean hasRoom() {
        return !freeByRoom.isEmpty();
    }

    long slots() {
        return slots;
    }

    long slotsUsed() {
        return slotsUsed;
    }

    /** Sequences aboard that nobody waits for. */
    int strays() {
        return strays;
    }

    long kvTokensMax() {
        return kvTokensMax;
    }

    long kvTokensUsed() {
        return kvTokensUsed;
    }

    /** KV tokens of the largest request that any worker could ever serve. */
    long capabilityTokens() {
        return capabilityTokens;
    }

    private void index(Worker worker) {
        if (worker != setAside && worker.roomTokens() > 0) {
            freeByLoad.add(worker);
            freeByRoom.add(worker);
        }
    }

    private void unindex(Worker worker) {
        freeByLoad.remove(worker);
        freeByRoom.remove(worker);
    }

    private static long freeTokens(Worker worker) {
        return worker.kvTokensMax() - worker.kvTokensUsed();
    }

    private static int compareLoad(Worker a, Worker b) {
        int byShare = Long.compare((long) a.slotsUsed() * b.slots(), (long) b.slotsUsed() * a.slots());
        if (byShare != 0) {
            return byShare;
        }
        int byFreeTokens = Long.compare(freeTokens(b), freeTokens(a));
        return byFreeTokens != 0 ? byFreeTokens : a.id.compareTo(b.id);
    }
}
