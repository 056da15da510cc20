package io.gondola.scheduler.core;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.OwnerWatch;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import io.gondola.scheduler.presence.PresenceLimits;
import io.gondola.scheduler.simulation.SchedulerInvariants;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** A core under a clock that the test turns; the invariants are checked after every event. */
final class CoreWorld {

    static final long EPOCH = 7;

    final SchedulerCore core;
    long nowNanos;
    List<Effect> effects = List.of();
    private final SchedulerInvariants invariants;
    private long censuses;

    /** A world in which nobody is missed. */
    CoreWorld(SchedulerLimits limits) {
        this(limits, PresenceLimits.off());
    }

    CoreWorld(SchedulerLimits limits, PresenceLimits liveness) {
        core = new SchedulerCore(RequestBuilder.MODEL, EPOCH, limits.withPresence(liveness));
        invariants = new SchedulerInvariants(EPOCH, limits.withPresence(liveness));
    }

    static ModelDescription description(int slots, int contextTokensMax, long kvTokensMax) {
        return new ModelDescription(RequestBuilder.MODEL, "GPT2LMHeadModel", contextTokensMax, 100, slots, kvTokensMax);
    }

    CoreWorld on(ToScheduler message) {
        return on(new SchedulerEvent.Received(message));
    }

    CoreWorld at(long nanos) {
        nowNanos = nanos;
        return this;
    }

    CoreWorld timePasses(long untilNanos) {
        nowNanos = untilNanos;
        return on(new SchedulerEvent.TimePassed());
    }

    CoreWorld join(String worker, int slots, int contextTokensMax) {
        return join(worker, slots, contextTokensMax, (long) slots * contextTokensMax);
    }

    CoreWorld join(String worker, int slots, int contextTokensMax, long kvTokensMax) {
        return on(new ToScheduler.Census(
                worker,
                description(slots, contextTokensMax, kvTokensMax),
                OwnerWatch.NOBODY,
                ++censuses,
                0,
                List.of()));
    }

    CoreWorld drain(String worker) {
        return on(new ToScheduler.WorkerDraining(worker, RequestBuilder.MODEL));
    }

    CoreWorld leave(String worker) {
        return on(new ToScheduler.WorkerLeft(worker, RequestBuilder.MODEL));
    }

    CoreWorld workersPresent(String... workers) {
        return on(new SchedulerEvent.WorkersPresent(Set.of(workers)));
    }

    CoreWorld loseGateway(String gateway) {
        return on(new SchedulerEvent.GatewayLost(gateway));
    }

    CoreWorld submit(RequestBuilder... requests) {
        return on(new ToScheduler.Submit(
                Arrays.stream(requests).map(RequestBuilder::build).toList()));
    }

    CoreWorld cancel(GenerationRef... refs) {
        return on(new ToScheduler.Cancel(List.of(refs)));
    }

    CoreWorld finish(String worker, GenerationRef... refs) {
        return finish(worker, 1, refs);
    }

    CoreWorld finish(String worker, int outputTokens, GenerationRef... refs) {
        List<ToScheduler.Finished> finished = Arrays.stream(refs)
                .map(ref -> new ToScheduler.Finished(ref, FinishReason.STOP, outputTokens))
                .toList();
        return on(new ToScheduler.StepReport(worker, RequestBuilder.MODEL, 1, 0, 0, 0, 0, finished));
    }

    /** Refs that boarded in the last event, as "worker:id". */
    List<String> boarded() {
        List<String> boarded = new ArrayList<>();
        for (Effect effect : effects) {
            if (effect instanceof Effect.TellWorker tell && tell.message() instanceof ToWorker.Admit admit) {
                for (GenerationRequest request : admit.generations()) {
                    boarded.add(tell.workerId() + ":" + request.ref().id().low());
                }
            }
        }
        return boarded;
    }

    /** Messages of a kind to gateways in the last event. */
    <T extends ToGateway> List<T> toGateway(Class<T> kind) {
        return effects.stream()
                .filter(Effect.TellGateway.class::isInstance)
                .map(effect -> ((Effect.TellGateway) effect).message())
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    /** Messages of a kind to workers in the last event. */
    <T extends ToWorker> List<T> toWorker(Class<T> kind) {
        return effects.stream()
                .filter(Effect.TellWorker.class::isInstance)
                .map(effect -> ((Effect.TellWorker) effect).message())
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    /** The only rejection of the last event. */
    Rejection rejection() {
        List<ToGateway.Rejected> rejected = toGateway(ToGateway.Rejected.class);
        if (rejected.size() != 1) {
            throw new AssertionError("not one rejection: " + effects);
        }
        return rejected.get(0).rejection();
    }

    List<Effect.Ended> ended() {
        return effects.stream()
                .filter(Effect.Ended.class::isInstance)
                .map(Effect.Ended.class::cast)
                .toList();
    }

    void checkAllEnded() {
        invariants.checkAllEnded();
    }

    private CoreWorld on(SchedulerEvent event) {
        effects = core.on(event, nowNanos);
        invariants.check(event, nowNanos, effects, core);
        return this;
    }
}
