package io.gondola.scheduler.core;

import io.gondola.protocol.Instants;
import io.gondola.scheduler.collect.BeginningTable;
import io.gondola.scheduler.collect.Heap;
import io.gondola.scheduler.collect.PairMap;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Where a request boards: where it fits; there, on a worker that holds its prompt's beginning if that is not much fuller
 * than the emptiest; else on the emptiest. The table of beginnings is an approximation, as llm-d's is.
 *
 * <p>Emptiest is who never had anybody aboard, then the least share of slots in use, then the most KV tokens free, then who
 * joined first. "Not much" is {@code prefixLoadGapPercent} of a worker's slots.
 *
 * <p>A worker that just joined is the emptiest, and all that comes would go there and wait for one another's prompts to
 * be computed. So while it is new, for {@code newcomerNanos}, it ranks behind all others when more of its slots are in use
 * than the share of that time that has passed, and at least one. Behind and not out: when nobody else has room, it is
 * boarded, so no room stays idle. The first request whose beginning another has boards it all the same: were all prompts
 * alike, it would stay idle until others are much fuller.
 */
final class Placement {

    /** The most that are told apart, so that they go into one number with the share of slots in use. */
    private static final long FREE_TOKENS_MAX = (1L << 40) - 1;
    /** How often, while there are new workers, it is reckoned anew what they may carry. */
    private static final int NEWCOMER_PHASES = 32;

    private final SchedulerLimits.Placement limits;
    private final Heap<Worker> byLoad = Heap.byFirstPlace();
    private final Heap<Worker> byRoom = Heap.bySecondPlace();
    /** The same by their numbers: few where the fleet is full. */
    private final PairMap<Worker> withRoom = new PairMap<>();

    private final ArrayDeque<Worker> newcomers = new ArrayDeque<>();
    /**
     * The numbers of those who hold the beginnings of which prompts, as far as what boarded where tells: a worker forgets
     * and does not say.
     */
    private final BeginningTable holders;

    private long nextPhaseNanos = Long.MIN_VALUE;

    Placement(SchedulerLimits.Placement limits) {
        this.limits = limits;
        holders = new BeginningTable(limits.prefixEntriesMax());
    }

    /** The worker that this one is to board now, if it fits anywhere. */
    @Nullable
    Worker tryPlace(Generation generation, long nowNanos) {
        Worker roomiest = byRoom.tryFirst();
        if (roomiest == null || roomiest.roomTokens() < generation.kvTokens) {
            return null;
        }
        if (!newcomers.isEmpty() && nowNanos >= nextPhaseNanos) {
            beginPhase(nowNanos);
        }
        Worker chosen = tryHolder(generation);
        chosen = chosen != null ? chosen : byLoad.tryFirst(worker -> worker.roomTokens() >= generation.kvTokens);
        chosen = chosen != null ? chosen : roomiest;
        holders.remember(chosen.number);
        return chosen;
    }

    private @Nullable Worker tryHolder(Generation generation) {
        Worker emptiest = byLoad.tryFirst();
        long gap = Worker.SHARE_OF_ALL * limits.prefixLoadGapPercent() / 100;
        long shareMax = emptiest == null ? gap : emptiest.shareInUse() + gap;
        boolean isTried = emptiest == null || !emptiest.isUntried || emptiest.roomTokens() < generation.kvTokens;
        int number = holders.tryFind(generation.request().promptTokens(), holder -> {
            Worker worker = isTried ? withRoom.tryGet(0, holder) : null;
            if (worker == null || worker.roomTokens() < generation.kvTokens || worker.shareInUse() > shareMax) {
                return BeginningTable.UNWANTED;
            }
            return worker.shareInUse();
        });
        return withRoom.tryGet(0, number);
    }

    /** KV tokens of the largest request that has room now; 0 when none has. */
    long roomTokens() {
        Worker roomiest = byRoom.tryFirst();
        return roomiest == null ? 0 : roomiest.roomTokens();
    }

    void onJoined(Worker worker, long nowNanos) {
        if (limits.newcomerNanos() > 0) {
            worker.joinedNanos = nowNanos;
            worker.shareAllowed = 0;
            newcomers.add(worker);
        }
        onChanged(worker);
    }

    /** What is aboard it has changed. */
    void onChanged(Worker worker) {
        long roomTokens = worker.roomTokens();
        if (roomTokens <= 0) {
            exclude(worker);
            return;
        }
        long share = worker.shareInUse();
        long rank = worker.isUntried ? -1 : share > worker.shareAllowed ? share + Worker.SHARE_OF_ALL : share;
        long fullness = FREE_TOKENS_MAX - Math.min(FREE_TOKENS_MAX, worker.freeTokens());
        byLoad.put(worker, rank * (FREE_TOKENS_MAX + 1) + fullness, worker.number);
        byRoom.put(worker, -roomTokens, worker.number);
        withRoom.put(worker);
    }

    /** Nobody boards it until {@link #onChanged}. */
    void exclude(Worker worker) {
        byLoad.remove(worker);
        byRoom.remove(worker);
        withRoom.remove(0, worker.number);
    }

    void onLeft(Worker worker) {
        exclude(worker);
        newcomers.remove(worker);
    }

    private void beginPhase(long nowNanos) {
        nextPhaseNanos = Instants.after(nowNanos, limits.newcomerNanos() / NEWCOMER_PHASES);
        while (!newcomers.isEmpty() && nowNanos - newcomers.getFirst().joinedNanos >= limits.newcomerNanos()) {
            Worker settled = newcomers.removeFirst();
            settled.shareAllowed = Worker.SHARE_OF_ALL;
            reorder(settled);
        }
        for (Worker worker : newcomers) {
            double passed = (double) (nowNanos - worker.joinedNanos) / limits.newcomerNanos();
            worker.shareAllowed = (long) (passed * Worker.SHARE_OF_ALL);
            reorder(worker);
        }
    }

    private void reorder(Worker worker) {
        if (worker.isPlaced()) {
            onChanged(worker);
        }
    }
}
