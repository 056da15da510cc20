package io.gondola.scheduler.simulation;

import io.gondola.protocol.GenerationId;
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
import io.gondola.scheduler.core.SchedulerGauges;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.simulation.KnownAttempt.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
    private final Map<GenerationRef, KnownAttempt> entries = new LinkedHashMap<>();
    private final Map<String, ModelDescription> workers = new HashMap<>();
    /** Workers that reported since they were welcomed. */
    private final Set<String> reported = new HashSet<>();

    private final Map<String, Set<GenerationRef>> aboard = new HashMap<>();
    private final Map<GenerationId, List<KnownAttempt>> byId = new HashMap<>();
    private final Set<GenerationRef> waiting = new HashSet<>();
    /** Submitted, and no answer seen yet. */
    private final Map<GenerationRef, KnownAttempt> pending = new HashMap<>();
    /** Joined, and not welcomed yet. */
    private final Map<String, ModelDescription> joining = new HashMap<>();

    public SchedulerInvariants(SchedulerLimits limits) {
        this.limits = limits;
        loading = new KnownLoading(limits);
    }

    /** Takes in one event with its effects and checks everything. */
    public void check(SchedulerEvent event, long nowNanos, List<Effect> effects, SchedulerCore core) {
        Set<GenerationRef> mayEnd = before(event, nowNanos);
        for (Effect effect : effects) {
            apply(effect, nowNanos, mayEnd);
        }
        check(core.gauges().workersLoading() == loading.count(nowNanos), "loading: " + core.gauges());
        check(mayEnd.isEmpty(), "not ended: " + mayEnd);
        checkGauges(core.gauges());
        check(core.nextDueNanos() > nowNanos, "something is due at " + core.nextDueNanos() + ", now " + nowNanos);
        for (GenerationRef ref : waiting) {
            check(entry(ref).deadlineNanos > nowNanos, ref + " waits past its deadline");
        }
        checkNobodyIdles();
        if (!waiting.isEmpty() && workers.isEmpty()) {
            check(core.nextDueNanos() < Long.MAX_VALUE, "held for ever");
        }
    }

    /** No worker idles while everything that waits would fit it. */
    private void checkNobodyIdles() {
        for (Map.Entry<String, ModelDescription> worker : workers.entrySet()) {
            if (aboard.getOrDefault(worker.getKey(), Set.of()).isEmpty() && !waiting.isEmpty()) {
                long roomTokens = Math.min(
                        worker.getValue().contextTokensMax(), worker.getValue().kvTokensMax());
                check(
                        waiting.stream().anyMatch(ref -> entry(ref).request.kvTokensMax() > roomTokens),
                        worker.getKey() + " idles while " + waiting.size() + " wait");
            }
        }
    }

    /** At rest: every generation has ended. */
    public void checkAllEnded() {
        entries.forEach((ref, entry) -> check(entry.endSeen, ref + " is " + entry.place));
    }

    private Set<GenerationRef> before(SchedulerEvent event, long nowNanos) {
        Set<GenerationRef> mustEnd = new HashSet<>();
        if (!(event instanceof SchedulerEvent.Received received)) {
            return mustEnd;
        }
        loading.on(received.message(), nowNanos, workers.keySet());
        if (received.message() instanceof ToScheduler.Submit submit) {
            for (GenerationRequest request : submit.generations()) {
                setUnwanted(request.ref(), request.ref().attempt() - 1);
                pending.put(request.ref(), new KnownAttempt(request, nowNanos));
            }
        } else if (received.message() instanceof ToScheduler.Cancel cancel) {
            cancel.refs().forEach(ref -> setUnwanted(ref, ref.attempt()));
        } else if (received.message() instanceof ToScheduler.StepReport report) {
            if (workers.containsKey(report.workerId())) {
                reported.add(report.workerId());
            }
            for (ToScheduler.Finished finished : report.finished()) {
                if (aboard.getOrDefault(report.workerId(), new HashSet<>()).remove(finished.ref())) {
                    mustEnd.add(finished.ref());
                }
            }
        } else if (received.message() instanceof ToScheduler.WorkerLeft left) {
            leave(left.workerId(), mustEnd);
        } else if (received.message() instanceof ToScheduler.WorkerJoined joined) {
            ModelDescription known = workers.get(joined.workerId());
            boolean isRepeated = joined.description().equals(known) && !reported.contains(joined.workerId());
            if (known != null && !isRepeated) {
                leave(joined.workerId(), mustEnd);
            }
            joining.put(joined.workerId(), joined.description());
        }
        return mustEnd;
    }

    private void setUnwanted(GenerationRef ref, int lastAttempt) {
        for (KnownAttempt entry : byId.getOrDefault(ref.id(), List.of())) {
            entry.isUnwanted |= entry.request.ref().attempt() <= lastAttempt;
        }
    }

    private void enter(GenerationRef ref, KnownAttempt entry) {
        entries.put(ref, entry);
        waiting.add(ref);
        byId.computeIfAbsent(ref.id(), id -> new ArrayList<>()).add(entry);
    }

    private void leave(String worker, Set<GenerationRef> mustEnd) {
        workers.remove(worker);
        reported.remove(worker);
        Set<GenerationRef> there = aboard.remove(worker);
        if (there != null) {
            mustEnd.addAll(there);
        }
    }

    private void apply(Effect effect, long nowNanos, Set<GenerationRef> mayEnd) {
        if (effect instanceof Effect.TellGateway tell) {
            applyToGateway(tell, nowNanos);
        } else if (effect instanceof Effect.TellWorker tell) {
            applyToWorker(tell, nowNanos);
        } else if (effect instanceof Effect.Ended end) {
            applyEnd(end, mayEnd);
        }
    }

    private void applyToGateway(Effect.TellGateway tell, long nowNanos) {
        if (tell.message() instanceof ToGateway.Accepted accepted) {
            for (GenerationRef ref : accepted.refs()) {
                KnownAttempt fresh = pending.remove(ref);
                if (!entries.containsKey(ref)) {
                    enter(ref, known(fresh, "accepted without submit: " + ref));
                }
                check(entry(ref).place != Place.ENDED, ref + " accepted after its end");
                check(entry(ref).request.gatewayId().equals(tell.gatewayId()), "wrong gateway for " + ref);
            }
        } else if (tell.message() instanceof ToGateway.Rejected rejected) {
            boolean isForLackOfWorkers = rejected.rejection().reason() == Rejection.Reason.NO_WORKER;
            check(!isForLackOfWorkers || workers.isEmpty() && loading.count(nowNanos) == 0, "no worker, and yet some");
            for (GenerationRef ref : rejected.refs()) {
                KnownAttempt fresh = pending.remove(ref);
                if (!entries.containsKey(ref)) {
                    enter(ref, known(fresh, "rejected without submit: " + ref));
                }
            }
        } else if (tell.message() instanceof ToGateway.AttemptLost lost) {
            for (GenerationRef ref : lost.refs()) {
                check(entry(ref).endSeen, ref + " lost, and not ended");
            }
        }
    }

    private void applyToWorker(Effect.TellWorker tell, long nowNanos) {
        if (tell.message() instanceof ToWorker.Welcome) {
            ModelDescription joined = joining.remove(tell.workerId());
            workers.put(tell.workerId(), known(joined, "welcome out of the blue: " + tell.workerId()));
        } else if (tell.message() instanceof ToWorker.Admit admit) {
            admit.generations().forEach(request -> admit(tell.workerId(), request, nowNanos));
        } else if (tell.message() instanceof ToWorker.Revoke revoke) {
            for (GenerationRef ref : revoke.refs()) {
                check(entry(ref).worker.equals(tell.workerId()), ref + " revoked elsewhere");
                KnownAttempt entry = entry(ref);
                check(entry.place != Place.ENDED && entry.place != Place.WAITING, ref + " revoked ashore");
                check(entry.isUnwanted || isPreemptible(entry.request), ref + " revoked for no reason");
                entry.place = Place.REVOKED;
            }
        }
    }

    private boolean isPreemptible(GenerationRequest request) {
        return request.requestClass() == RequestClass.BATCH
                && request.ref().attempt() < limits.order().preemptionsMax();
    }

    private void admit(String worker, GenerationRequest request, long nowNanos) {
        KnownAttempt entry = entry(request.ref());
        check(entry.place == Place.WAITING, request.ref() + " boards while " + entry.place);
        check(request.timeoutNanos() == entry.deadlineNanos - nowNanos, request.ref() + " has another timeout");
        check(request.timeoutNanos() > 0, request.ref() + " boards late");
        ModelDescription description = known(workers.get(worker), request.ref() + " boards unknown " + worker);
        check(request.kvTokensMax() <= description.contextTokensMax(), request.ref() + " exceeds the context");
        entry.place = Place.ABOARD;
        entry.worker = worker;
        waiting.remove(request.ref());
        Set<GenerationRef> there = aboard.computeIfAbsent(worker, id -> new HashSet<>());
        there.add(request.ref());
        check(there.size() <= description.slots(), worker + " has no slot");
        check(kvTokens(there) <= description.kvTokensMax(), worker + " has no KV room");
        for (KnownAttempt other : byId.getOrDefault(request.ref().id(), List.of())) {
            check(
                    other == entry || other.place == Place.REVOKED || other.place == Place.ENDED,
                    "two attempts at once: " + request.ref());
        }
    }

    private void applyEnd(Effect.Ended end, Set<GenerationRef> mayEnd) {
        GenerationRef ref = end.ref();
        KnownAttempt entry = entry(ref);
        check(!entry.endSeen, ref + " ends twice");
        boolean wasAboard = entry.place == Place.ABOARD || entry.place == Place.REVOKED;
        check(!wasAboard || mayEnd.remove(ref), ref + " ends though its worker did not say so");
        switch (end.end()) {
            case FINISHED -> check(wasAboard, ref + " finished ashore");
            case LOST -> check(wasAboard && !entry.isUnwanted, ref + " lost while " + entry.place);
            case PREEMPTED -> check(entry.place == Place.REVOKED && !entry.isUnwanted, ref + " preempted, why?");
            case REJECTED, REPLACED -> check(entry.place == Place.WAITING, ref + " refused while " + entry.place);
            case CANCELLED -> check(entry.place != Place.ABOARD, ref + " cancelled without revocation");
            default -> {}
        }
        entry.endSeen = true;
        entry.place = Place.ENDED;
        waiting.remove(ref);
    }

    private void checkGauges(SchedulerGauges gauges) {
        long tokens = 0;
        for (GenerationRef ref : waiting) {
            tokens += entry(ref).request.prefillTokens();
        }
        SchedulerLimits.Queue queue = limits.queue();
        check(gauges.queueRequests() == waiting.size(), "queue " + gauges + ", really " + waiting.size());
        check(gauges.queueTokens() == tokens, "queue tokens " + gauges + ", really " + tokens);
        check(waiting.size() <= queue.queueRequestsMax() + queue.resubmittedRequestsMax(), "too many wait");
        check(tokens <= queue.queueTokensMax() + queue.resubmittedTokensMax(), "too many tokens wait");
        long slotsUsed = 0;
        long kvUsed = 0;
        long running = 0;
        for (Map.Entry<String, Set<GenerationRef>> worker : aboard.entrySet()) {
            slotsUsed += worker.getValue().size();
            kvUsed += kvTokens(worker.getValue());
            running += worker.getValue().stream()
                    .filter(ref -> entry(ref).place == Place.ABOARD)
                    .count();
        }
        check(gauges.workers() == workers.size(), "workers " + gauges + ", really " + workers.keySet());
        check(gauges.slotsUsed() == slotsUsed, "slots used " + gauges + ", really " + slotsUsed);
        check(gauges.kvTokensUsed() == kvUsed, "KV used " + gauges + ", really " + kvUsed);
        check(gauges.sequencesRunning() == running, "running " + gauges + ", really " + running);
    }

    private long kvTokens(Set<GenerationRef> there) {
        return there.stream().mapToLong(ref -> entry(ref).request.kvTokensMax()).sum();
    }

    private KnownAttempt entry(GenerationRef ref) {
        return known(entries.get(ref), "unknown: " + ref);
    }

    private static <T> T known(@Nullable T value, String broken) {
        if (value == null) {
            throw new AssertionError(broken);
        }
        return value;
    }

    private static void check(boolean holds, String broken) {
        if (!holds) {
            throw new AssertionError(broken);
        }
    }
}
