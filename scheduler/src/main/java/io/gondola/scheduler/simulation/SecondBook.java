package io.gondola.scheduler.simulation;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.ToScheduler;
import io.gondola.scheduler.simulation.KnownAttempt.Place;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The second book that {@link SchedulerInvariants} keeps: where each attempt is, by what the core and its workers said. */
final class SecondBook {

    final Map<GenerationRef, KnownAttempt> entries = new LinkedHashMap<>();
    final Set<GenerationRef> waiting = new HashSet<>();
    /** Submitted, and no answer seen yet. */
    final Map<GenerationRef, KnownAttempt> pending = new HashMap<>();

    final KnownWorkers workers;
    private final Map<GenerationId, List<KnownAttempt>> byId = new HashMap<>();

    /** @param epoch of the core */
    SecondBook(long epoch) {
        workers = new KnownWorkers(epoch);
    }

    void setUnwantedOf(String gatewayId) {
        entries.values().stream()
                .filter(entry -> entry.request.gatewayId().equals(gatewayId))
                .forEach(entry -> entry.isUnwanted = true);
    }

    void setUnwanted(GenerationRef ref, int lastAttempt) {
        for (KnownAttempt entry : byId.getOrDefault(ref.id(), List.of())) {
            entry.isUnwanted |= entry.request.ref().attempt() <= lastAttempt;
        }
    }

    /** What must end, since its worker does not have it any more. */
    Collection<GenerationRef> onCensus(ToScheduler.Census census, long listenedNanos) {
        // A gateway submits no newer attempt while it wants an older one.
        census.aboard().forEach(one -> setUnwanted(one.ref(), one.ref().attempt() - 1));
        return workers.onCensus(census, listenedNanos);
    }

    void enter(GenerationRef ref, KnownAttempt entry) {
        entries.put(ref, entry);
        waiting.add(ref);
        byId.computeIfAbsent(ref.id(), id -> new ArrayList<>()).add(entry);
    }

    void toAboard(KnownAttempt entry, String worker, long number) {
        GenerationRef ref = entry.request.ref();
        entry.place = Place.ABOARD;
        entry.worker = worker;
        waiting.remove(ref);
        KnownWorkers.KnownWorker on = known(workers.all().get(worker), ref + " boards unknown " + worker);
        on.aboard.put(ref, number);
        on.strayTokens.remove(ref);
        for (KnownAttempt other : byId.getOrDefault(ref.id(), List.of())) {
            require(
                    other == entry || other.place == Place.REVOKED || other.place == Place.ENDED,
                    "two attempts at once: " + ref);
        }
    }

    static long slotsUsed(KnownWorkers.KnownWorker worker) {
        return worker.aboard.size() + worker.strayTokens.size();
    }

    long kvTokens(KnownWorkers.KnownWorker worker) {
        long strays =
                worker.strayTokens.values().stream().mapToLong(Long::longValue).sum();
        return strays
                + worker.aboard.keySet().stream()
                        .mapToLong(ref -> entry(ref).request.kvTokensMax())
                        .sum();
    }

    KnownAttempt entry(GenerationRef ref) {
        return known(entries.get(ref), "unknown: " + ref);
    }

    static <T> T known(@Nullable T value, String broken) {
        if (value == null) {
            throw new AssertionError(broken);
        }
        return value;
    }

    static void require(boolean holds, String broken) {
        if (!holds) {
            throw new AssertionError(broken);
        }
    }
}
