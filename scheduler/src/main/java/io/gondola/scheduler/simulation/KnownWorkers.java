package io.gondola.scheduler.simulation;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.ToScheduler.Aboard;
import io.gondola.protocol.ToScheduler.Census;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The workers in the second book that {@link SchedulerInvariants} keeps: what is aboard by the core's word, and by theirs. */
final class KnownWorkers {

    /** A worker that was welcomed, or is about to be. */
    static final class KnownWorker {
        final ModelDescription description;
        /** With the numbers of the messages that let them aboard. */
        final Map<GenerationRef, Long> aboard = new LinkedHashMap<>();

        /** Those it says it has that are not aboard by the core's word. */
        final Map<GenerationRef, Long> strayTokens = new HashMap<>();

        long censusNumber;
        long heardNanos;
        boolean isWelcome;
        /** It said that it takes nothing new. */
        boolean isDraining;

        KnownWorker(ModelDescription description) {
            this.description = description;
        }

        long roomTokensMax() {
            return Math.min(description.contextTokensMax(), description.kvTokensMax());
        }
    }

    private final long epoch;
    private final Map<String, KnownWorker> workers = new HashMap<>();
    /** The census at hand, if it counts. */
    private @Nullable Census census;

    KnownWorkers(long epoch) {
        this.epoch = epoch;
    }

    Map<String, KnownWorker> all() {
        return workers;
    }

    @Nullable
    KnownWorker tryGet(String id) {
        KnownWorker known = workers.get(id);
        return known != null && known.isWelcome ? known : null;
    }

    void onDraining(String id) {
        KnownWorker known = tryGet(id);
        if (known != null) {
            known.isDraining = true;
        }
    }

    /** Whom a census says to be gone. */
    Set<GenerationRef> onCensus(Census said, long listenedNanos) {
        census = null;
        Set<GenerationRef> gone = new HashSet<>();
        if (said.epoch() > epoch) {
            return gone;
        }
        KnownWorker worker = workers.computeIfAbsent(said.workerId(), id -> new KnownWorker(said.description()));
        if (worker.censusNumber >= said.number()) {
            return gone;
        }
        census = said;
        worker.censusNumber = said.number();
        worker.heardNanos = listenedNanos;
        long seen = said.epoch() == epoch ? said.seenNumber() : 0;
        List<GenerationRef> there = said.aboard().stream().map(Aboard::ref).toList();
        worker.aboard.forEach((ref, number) -> {
            if (number <= seen && !there.contains(ref)) {
                gone.add(ref);
            }
        });
        worker.aboard.keySet().removeAll(gone);
        worker.strayTokens.clear();
        for (Aboard one : said.aboard()) {
            if (!worker.aboard.containsKey(one.ref())) {
                worker.strayTokens.put(one.ref(), (long) one.kvTokensMax());
            }
        }
        return gone;
    }

    void onOtherMessage() {
        census = null;
    }

    /** Called when all effects are known: whoever was not welcomed is not here. */
    void forgetUnwelcome() {
        workers.values().removeIf(worker -> !worker.isWelcome);
    }

    /** What the census at hand says of this one on this worker; null when it says nothing. */
    @Nullable
    Aboard trySaid(String workerId, GenerationRef ref) {
        Census said = census;
        if (said == null || !said.workerId().equals(workerId)) {
            return null;
        }
        return said.aboard().stream()
                .filter(one -> one.ref().equals(ref))
                .findFirst()
                .orElse(null);
    }

    /** Whether the census at hand says that a newer attempt of this generation is there as well. */
    boolean isNewerSaid(GenerationRef ref) {
        return census != null
                && census.aboard().stream()
                        .map(Aboard::ref)
                        .anyMatch(other -> other.id().equals(ref.id()) && other.attempt() > ref.attempt());
    }

    /** All that the census at hand says; empty when there is none, or its worker was not taken. */
    List<Aboard> said() {
        Census said = census;
        return said == null || tryGet(said.workerId()) == null ? List.of() : said.aboard();
    }
}
