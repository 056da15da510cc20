package io.gondola.scheduler.simulation;

import static io.gondola.scheduler.simulation.SecondBook.known;
import static io.gondola.scheduler.simulation.SecondBook.require;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import io.gondola.scheduler.core.Effect;
import io.gondola.scheduler.core.SchedulerCore;
import io.gondola.scheduler.core.SchedulerEvent;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.simulation.KnownAttempt.Place;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What must hold after every event, judged from outside: a second book, kept from events and effects alone. One
 * definition for unit tests, property tests and simulation.
 *
 * <ul>
 *   <li>No generation is in two places, none is lost, and every one ends exactly once.
 *   <li>Slots and KV tokens are conserved: never more reserved than a worker has, freed by its word only.
 *   <li>The queue keeps its bounds, and nothing due is left undone.
 *   <li>A request that boards takes along exactly the time that is left of its timeout.
 *   <li>The gauges tell the truth.
 * </ul>
 */
public final class SchedulerInvariants {

    private final SchedulerLimits limits;
    private final KnownLoading loading;
    private final SecondBook book;
    private final StandingChecks standing;
    private final long epoch;
    private long lastEventNanos = Long.MIN_VALUE;
    /** Time in which the core was there to hear. */
    private long listenedNanos;

    private final Map<String, Long> gatewayHeardNanos = new HashMap<>();

    /** @param epoch of the core */
    public SchedulerInvariants(long epoch, SchedulerLimits limits) {
        this.epoch = epoch;
        this.limits = limits;
        loading = new KnownLoading(limits);
        book = new SecondBook(epoch);
        standing = new StandingChecks(limits, book);
    }

    /** Takes in one event with its effects and checks everything. */
    public void check(SchedulerEvent event, long nowNanos, List<Effect> effects, SchedulerCore core) {
        long gapNanos = lastEventNanos == Long.MIN_VALUE ? 0 : nowNanos - lastEventNanos;
        listenedNanos += Math.min(gapNanos, 2 * limits.presence().aliveNanos());
        lastEventNanos = nowNanos;
        Set<GenerationRef> mayEnd = before(event, nowNanos);
        for (Effect effect : effects) {
            apply(effect, nowNanos, mayEnd);
        }
        standing.checkStraysAreRevoked(effects);
        book.workers.forgetUnwelcome();
        standing.checkNobodySilentIsKept(listenedNanos);
        require(core.gauges().workersLoading() == loading.count(nowNanos), "loading: " + core.gauges());
        require(mayEnd.isEmpty(), "not ended: " + mayEnd);
        standing.checkGauges(core.gauges());
        require(core.nextDueNanos() > nowNanos, "something is due at " + core.nextDueNanos() + ", now " + nowNanos);
        for (GenerationRef ref : book.waiting) {
            require(book.entry(ref).deadlineNanos > nowNanos, ref + " waits past its deadline");
        }
        standing.checkNobodyIdles();
        if (!book.waiting.isEmpty() && book.workers.all().isEmpty()) {
            require(core.nextDueNanos() < Long.MAX_VALUE, "held for ever");
            standing.checkNoMoreAreHeld(loading.count(nowNanos), listenedNanos);
        }
    }

    /** At rest: every generation has ended. */
    public void checkAllEnded() {
        book.entries.forEach((ref, entry) -> require(entry.endSeen, ref + " is " + entry.place));
    }

    /** Whether this worker was taken; one too many is not, and is told nothing. */
    boolean isMember(String workerId) {
        return book.workers.tryGet(workerId) != null;
    }

    /** Those for which room is kept on this worker. */
    Set<GenerationRef> aboard(String workerId) {
        KnownWorkers.KnownWorker worker = book.workers.tryGet(workerId);
        return worker == null ? Set.of() : worker.aboard.keySet();
    }

    private Set<GenerationRef> before(SchedulerEvent event, long nowNanos) {
        Set<GenerationRef> mustEnd = new HashSet<>();
        book.workers.onOtherMessage();
        if (event instanceof SchedulerEvent.GatewayLost lost) {
            book.setUnwantedOf(lost.gatewayId());
        }
        if (!(event instanceof SchedulerEvent.Received received)) {
            return mustEnd;
        }
        loading.on(received.message(), nowNanos, book.workers.all().keySet());
        if (received.message() instanceof ToScheduler.Submit submit) {
            for (GenerationRequest request : submit.generations()) {
                gatewayHeardNanos.put(request.gatewayId(), listenedNanos);
                book.setUnwanted(request.ref(), request.ref().attempt() - 1);
                book.pending.put(request.ref(), new KnownAttempt(request, submit.isAdmitted(), nowNanos));
            }
        } else if (received.message() instanceof ToScheduler.Cancel cancel) {
            cancel.refs().forEach(ref -> book.setUnwanted(ref, ref.attempt()));
        } else if (received.message() instanceof ToScheduler.StepReport report) {
            KnownWorkers.KnownWorker worker = book.workers.tryGet(report.workerId());
            if (worker != null) {
                worker.heardNanos = listenedNanos;
                for (ToScheduler.Finished finished : report.finished()) {
                    if (worker.aboard.remove(finished.ref()) != null) {
                        mustEnd.add(finished.ref());
                    }
                }
            }
        } else if (received.message() instanceof ToScheduler.WorkerDraining draining) {
            book.workers.onDraining(draining.workerId());
        } else if (received.message() instanceof ToScheduler.WorkerLeft left) {
            leave(left.workerId(), mustEnd);
        } else if (received.message() instanceof ToScheduler.Census census) {
            mustEnd.addAll(book.onCensus(census, listenedNanos));
        } else if (received.message() instanceof ToScheduler.Inquire inquire) {
            gatewayHeardNanos.put(inquire.gatewayId(), listenedNanos);
        }
        return mustEnd;
    }

    private void leave(String worker, Set<GenerationRef> mustEnd) {
        KnownWorkers.KnownWorker left = book.workers.all().remove(worker);
        if (left != null) {
            mustEnd.addAll(left.aboard.keySet());
        }
    }

    private void apply(Effect effect, long nowNanos, Set<GenerationRef> mayEnd) {
        if (effect instanceof Effect.TellGateway tell) {
            applyToGateway(tell, nowNanos);
        } else if (effect instanceof Effect.TellWorker tell) {
            applyToWorker(tell, nowNanos);
        } else if (effect instanceof Effect.Ended end) {
            applyEnd(end, mayEnd);
        } else if (effect instanceof Effect.Adopted adopted) {
            adopt(adopted, nowNanos);
        } else if (effect instanceof Effect.WorkerSilent silent) {
            KnownWorkers.KnownWorker worker = known(book.workers.tryGet(silent.workerId()), "unknown and silent");
            checkSilent(silent.workerId(), worker.heardNanos, limits.presence().workerSilenceNanos());
            leave(silent.workerId(), mayEnd);
        } else if (effect instanceof Effect.GatewaySilent silent) {
            long heardNanos = gatewayHeardNanos.getOrDefault(silent.gatewayId(), Long.MAX_VALUE);
            checkSilent(silent.gatewayId(), heardNanos, limits.presence().gatewaySilenceNanos());
            book.setUnwantedOf(silent.gatewayId());
        }
    }

    private void checkSilent(String id, long heardNanos, long silenceNanos) {
        require(listenedNanos - heardNanos >= silenceNanos, id + " spoke, and is given up");
    }

    private void applyToGateway(Effect.TellGateway tell, long nowNanos) {
        if (tell.message() instanceof ToGateway.Accepted accepted) {
            for (GenerationRef ref : accepted.refs()) {
                KnownAttempt fresh = book.pending.remove(ref);
                if (!book.entries.containsKey(ref)) {
                    book.enter(ref, known(fresh, "accepted without submit: " + ref));
                }
                require(book.entry(ref).place != Place.ENDED, ref + " accepted after its end");
                require(book.entry(ref).request.gatewayId().equals(tell.gatewayId()), "wrong gateway for " + ref);
            }
        } else if (tell.message() instanceof ToGateway.Rejected rejected) {
            boolean isForLackOfWorkers = rejected.rejection().reason() == Rejection.Reason.NO_WORKER;
            require(
                    !isForLackOfWorkers
                            || isRepeated(rejected.refs())
                            || book.workers.all().isEmpty() && loading.count(nowNanos) == 0,
                    "no worker, and yet some");
            for (GenerationRef ref : rejected.refs()) {
                KnownAttempt fresh = book.pending.remove(ref);
                if (!book.entries.containsKey(ref)) {
                    book.enter(ref, known(fresh, "rejected without submit: " + ref));
                }
            }
        } else if (tell.message() instanceof ToGateway.AttemptLost lost) {
            for (GenerationRef ref : lost.refs()) {
                KnownAttempt entry = book.entries.get(ref);
                require(entry == null || entry.endSeen || entry.isUnwanted, ref + " lost, and not ended");
            }
        }
    }

    /** It is said again of those that ended so before. */
    private boolean isRepeated(List<GenerationRef> refs) {
        return refs.stream().allMatch(ref -> {
            KnownAttempt entry = book.entries.get(ref);
            return entry != null && entry.endSeen;
        });
    }

    private void applyToWorker(Effect.TellWorker tell, long nowNanos) {
        require(tell.fenced().epoch() == epoch, "told in another's name");
        if (tell.message() instanceof ToWorker.Welcome) {
            known(book.workers.all().get(tell.workerId()), "welcome out of the blue: " + tell.workerId()).isWelcome =
                    true;
        } else if (tell.message() instanceof ToWorker.Refused) {
            require(book.workers.tryGet(tell.workerId()) == null, "refused, and was taken: " + tell.workerId());
        } else if (tell.message() instanceof ToWorker.Admit admit) {
            admit.generations().forEach(request -> admit(tell, request, nowNanos));
        } else if (tell.message() instanceof ToWorker.Revoke revoke) {
            revoke.refs().forEach(ref -> revoke(ref, tell.workerId()));
        }
    }

    private void revoke(GenerationRef ref, String worker) {
        KnownAttempt entry = book.entries.get(ref);
        if (entry == null || !entry.worker.equals(worker) || entry.place == Place.ENDED) {
            known(book.workers.trySaid(worker, ref), ref + " revoked elsewhere");
            return;
        }
        require(entry.place != Place.WAITING, ref + " revoked ashore");
        require(entry.isUnwanted || isPreemptible(entry.request), ref + " revoked for no reason");
        entry.place = Place.REVOKED;
    }

    private void adopt(Effect.Adopted adopted, long nowNanos) {
        GenerationRef ref = adopted.ref();
        ToScheduler.Aboard said = known(
                book.workers.trySaid(adopted.workerId(), ref), ref + " taken over, and nobody said that it is there");
        gatewayHeardNanos.putIfAbsent(said.gatewayId(), listenedNanos);
        if (!book.entries.containsKey(ref)) {
            book.enter(ref, KnownAttempt.adopted(said, nowNanos));
        }
        KnownAttempt entry = book.entry(ref);
        entry.isUnwanted |= book.workers.isNewerSaid(ref);
        require(entry.place == Place.WAITING, ref + " taken over while " + entry.place);
        book.toAboard(entry, adopted.workerId(), 0);
    }

    private boolean isPreemptible(GenerationRequest request) {
        return request.requestClass() == RequestClass.BATCH
                && request.ref().attempt() < limits.order().preemptionsMax();
    }

    private void admit(Effect.TellWorker tell, GenerationRequest request, long nowNanos) {
        String id = tell.workerId();
        KnownAttempt entry = book.entry(request.ref());
        require(entry.place == Place.WAITING, request.ref() + " boards while " + entry.place);
        require(request.timeoutNanos() == entry.deadlineNanos - nowNanos, request.ref() + " has another timeout");
        require(request.timeoutNanos() > 0, request.ref() + " boards late");
        KnownWorkers.KnownWorker worker = known(book.workers.tryGet(id), request.ref() + " boards unknown " + id);
        require(!worker.isDraining, request.ref() + " boards " + id + ", which drains");
        ModelDescription description = worker.description;
        require(request.kvTokensMax() <= description.contextTokensMax(), request.ref() + " exceeds the context");
        book.toAboard(entry, id, tell.fenced().number());
        require(book.slotsUsed(worker) <= description.slots(), id + " has no slot");
        require(book.kvTokens(worker) <= description.kvTokensMax(), id + " has no KV room");
    }

    private void applyEnd(Effect.Ended end, Set<GenerationRef> mayEnd) {
        GenerationRef ref = end.ref();
        KnownAttempt entry = book.entry(ref);
        require(!entry.endSeen, ref + " ends twice");
        boolean wasAboard = entry.place == Place.ABOARD || entry.place == Place.REVOKED;
        require(!wasAboard || mayEnd.remove(ref), ref + " ends though its worker did not say so");
        switch (end.end()) {
            case FINISHED -> require(wasAboard, ref + " finished ashore");
            case LOST -> require(wasAboard && !entry.isUnwanted, ref + " lost while " + entry.place);
            case PREEMPTED -> require(entry.place == Place.REVOKED && !entry.isUnwanted, ref + " preempted, why?");
            case REJECTED, REPLACED -> require(entry.place == Place.WAITING, ref + " refused while " + entry.place);
            case CANCELLED -> require(entry.place != Place.ABOARD, ref + " cancelled without revocation");
            default -> {}
        }
        entry.endSeen = true;
        entry.place = Place.ENDED;
        book.waiting.remove(ref);
    }
}
