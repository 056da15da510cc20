package io.gondola.scheduler.presence;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.OwnerWatch;
import io.gondola.protocol.ToScheduler.Aboard;
import io.gondola.protocol.ToScheduler.Census;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The workers, and how the book is brought together with what they say they have.
 *
 * <p>A census is compared with the book. Who was let aboard by a message that the worker has seen, or that is older than
 * one it has seen, and is not there, is lost. Who is there and should not be is told to leave, again in each census until
 * it has. Who is there and came from another owner is taken over. A census that was overtaken by a newer one is ignored.
 * So whatever the network lost, repeated or reordered, the books agree one census later.
 */
final class Crew {

    private final long epoch;
    private final Roster roster;
    private final Liveness liveness;
    private final Liveness gateways;
    private final Map<String, Heard> heard = new HashMap<>();
    /** Those who have said, to this owner, all that they have. */
    private final Set<String> saidAll = new HashSet<>();
    /** Those who are there; null: nobody knows. */
    private @Nullable Set<String> present;

    /**
     * What is kept of each worker's newest census.
     *
     * @param toldNumber of the newest message that the worker had been sent when it came
     */
    private record Heard(long censusNumber, long toldNumber) {}

    /** @param gateways from which what is aboard came */
    Crew(long epoch, Roster roster, PresenceLimits limits, Liveness gateways) {
        this.epoch = epoch;
        this.gateways = gateways;
        this.roster = roster;
        liveness = new Liveness(limits.workerSilenceNanos(), Integer.MAX_VALUE);
    }

    /** @param listenedNanos as {@link Listening} counts */
    void onCensus(Census census, long nowNanos, long listenedNanos) {
        String id = census.workerId();
        if (census.epoch() > epoch) {
            return; // It serves an owner that came after this one.
        }
        boolean isNew = !roster.hasWorker(id);
        LifeSign sign = new LifeSign(id);
        if (isNew && !roster.tryJoin(sign, id, census.description(), nowNanos)) {
            roster.turnAway(id);
            return;
        }
        Heard before = isNew ? null : heard.get(id);
        if (before != null && census.number() <= before.censusNumber) {
            return;
        }
        liveness.watch(sign, listenedNanos);
        liveness.hear(id, listenedNanos);
        boolean isWelcome = census.epoch() == epoch;
        // Of what it was sent a period ago the newest has not come: a newer one says that, and shows what is lost.
        boolean isBehind = before != null && census.seenNumber() < before.toldNumber;
        if (isNew || !isWelcome || isBehind) {
            roster.welcome(id);
        }
        // Who still heeds the owner before this one may yet take something in from it.
        if (isWelcome || census.epoch() == OwnerWatch.NOBODY) {
            saidAll.add(id);
        }
        heard.put(id, new Heard(census.number(), roster.toldNumber(id)));
        reconcile(census, isWelcome ? census.seenNumber() : 0, nowNanos, listenedNanos);
    }

    void onPresent(Set<String> workerIds) {
        present = workerIds;
    }

    void onLoading(String workerId) {
        if (present != null && present.contains(workerId)) {
            saidAll.add(workerId);
        }
    }

    /** Whether all who are there have said all that they have. */
    boolean hasHeardAll() {
        return present != null && saidAll.containsAll(present);
    }

    void onGone(String workerId) {
        liveness.forget(workerId);
        heard.remove(workerId);
        saidAll.remove(workerId);
        roster.onWorkerGone(workerId);
    }

    Liveness liveness() {
        return liveness;
    }

    private void reconcile(Census census, long seenNumber, long nowNanos, long listenedNanos) {
        Set<GenerationRef> there = new HashSet<>();
        List<GenerationRef> unwanted = new ArrayList<>();
        int strays = 0;
        long strayTokens = 0;
        for (Aboard one : census.aboard()) {
            there.add(one.ref());
            Roster.Claim claim = roster.claim(census.workerId(), one, nowNanos);
            if (claim == Roster.Claim.STRAY) {
                strays++;
                strayTokens += one.kvTokensMax();
            }
            if (claim == Roster.Claim.WANTED) {
                // It may be gone, and then it never speaks to this owner.
                gateways.watch(new LifeSign(one.gatewayId()), listenedNanos);
            } else {
                unwanted.add(one.ref());
            }
        }
        roster.setStrays(census.workerId(), strays, strayTokens);
        if (!unwanted.isEmpty()) {
            roster.tellToLeave(census.workerId(), unwanted);
        }
        roster.loseMissing(census.workerId(), there, seenNumber);
    }
}
