package io.gondola.scheduler.simulation;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.scheduler.core.Effect;
import io.gondola.scheduler.core.SchedulerGauges;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.simulation.LoadResult.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A load on a fleet, in the world that the tests of the scheduler run in, until every request has ended. */
public final class LoadRun {

    private static final String GATEWAY = "gateway";
    private static final int JOIN_TIMES = 40;
    /** How long a killed worker stays unnoticed. */
    static final long NOTICED_NANOS = SimWorld.SECOND;

    private final Load load;
    private final LoadSource source;
    private final Fleet fleet;
    private final SimWorld world;
    private final SimGateway gateway;
    private final LoadTally tally;
    private final Map<GenerationId, Open> open = new HashMap<>();
    /** Ended, and asked for no more when the event at hand is over. */
    private final List<GenerationId> ended = new ArrayList<>();

    private static final class Open {
        final LoadRequest request;
        long queueWaitNanos = LoadTally.NEVER;

        Open(LoadRequest request) {
            this.request = request;
        }
    }

    private LoadRun(Load load, Fleet fleet, SchedulerLimits limits, long seed) {
        this.load = load;
        this.fleet = fleet;
        source = new LoadSource(load, GATEWAY);
        world = SimWorld.quiet(seed, limits, this::outputTokens);
        gateway = new SimGateway(world, GATEWAY);
        gateway.onEnd = this::onEnd;
        world.gateways.put(GATEWAY, gateway);
        world.observer = this::observe;
        tally = new LoadTally(load.endNanos());
    }

    public static LoadResult run(Load load, Fleet fleet, SchedulerLimits limits, long seed) {
        LoadRun run = new LoadRun(load, fleet, limits, seed);
        run.startWorkers();
        // After the workers, so that the first request does not find an empty house.
        run.world.after(SimWorld.SECOND, () -> {
            run.awaitNext();
            run.sample();
        });
        run.world.run();
        return run.tally.toResult(fleet.name(), fleet.workers(), run.world.schedulerEvents());
    }

    private void startWorkers() {
        for (int i = 0; i < fleet.workers(); i++) {
            ModelDescription description = new ModelDescription(
                    SimWorld.MODEL, "simulated", fleet.contextTokensMax(), 1, fleet.slots(), fleet.kvTokensMax());
            SimWorker worker = new SimWorker(
                    world, "worker" + i, description, fleet.costOf(i), new PromptMemory(PromptMemory.PROMPTS_MAX));
            world.workers.put(worker.id, worker);
            worker.join(JOIN_TIMES);
            if (fleet.isLost(i)) {
                world.after(SimWorld.SECOND + load.endNanos() / 2, () -> worker.kill(NOTICED_NANOS));
            }
        }
    }

    /** One request at a time is on the agenda: it stays short, however long the load. */
    private void awaitNext() {
        List<LoadRequest> next = source.next();
        if (next.isEmpty()) {
            return;
        }
        world.after(SimWorld.SECOND + next.get(0).arrivalNanos() - world.nowNanos(), () -> {
            submit(next);
            awaitNext();
        });
    }

    private void submit(List<LoadRequest> together) {
        ended.forEach(open::remove);
        ended.forEach(gateway.clients::remove);
        ended.clear();
        List<GenerationRequest> requests = source.toRequests(together);
        for (int i = 0; i < requests.size(); i++) {
            GenerationId id = requests.get(i).ref().id();
            LoadRequest from = together.get(i);
            open.put(id, new Open(from));
            if (from.patienceNanos() < LoadRequest.FOR_EVER) {
                world.after(from.patienceNanos(), () -> gateway.cancel(id));
            }
        }
        gateway.submit(requests);
    }

    /** A worker may still be busy with one whose client has left, and is told soon. */
    private int outputTokens(GenerationRequest request) {
        Open known = open.get(request.ref().id());
        return known == null ? request.maxTokens() : known.request.outputTokens();
    }

    private Open of(GenerationId id) {
        Open known = open.get(id);
        if (known == null) {
            throw new IllegalStateException("nobody knows " + id);
        }
        return known;
    }

    private void observe(Effect effect) {
        if (effect instanceof Effect.Boarded boarded) {
            tally.onBoarded(boarded.waitReason());
            Open known = open.get(boarded.ref().id());
            if (known != null && known.queueWaitNanos == LoadTally.NEVER) {
                known.queueWaitNanos = boarded.queueWaitNanos();
            }
        }
    }

    private void onEnd(SimClient client) {
        GenerationId id = client.request.ref().id();
        ended.add(id);
        Outcome outcome = toOutcome(client.outcome);
        if (outcome != null) {
            tally.onEnd(
                    of(id).request,
                    outcome,
                    of(id).queueWaitNanos,
                    client.firstTokenNanos == 0 ? LoadTally.NEVER : client.firstTokenNanos - client.submittedNanos,
                    client.endedNanos - client.submittedNanos,
                    client.outputTokens,
                    client.cachedTokens);
        }
    }

    private static @Nullable Outcome toOutcome(SimGateway.Outcome outcome) {
        return switch (outcome) {
            case COMPLETE -> Outcome.COMPLETE;
            case REJECTED -> Outcome.REFUSED;
            case DEADLINE -> Outcome.LATE;
            case CANCELLED -> Outcome.CANCELLED;
            default -> null;
        };
    }

    private void sample() {
        SchedulerGauges gauges = world.owner().core.gauges();
        long nanos = world.nowNanos() - SimWorld.SECOND;
        int busy = (int) world.workers.values().stream()
                .filter(worker -> !worker.sequences().isEmpty())
                .count();
        tally.onSample(new LoadResult.Sample(
                nanos, gauges.queueRequests(), gauges.sequencesRunning(), gauges.workers(), busy));
        if (nanos < load.endNanos() || gauges.demand() > 0) {
            world.after(tally.sampleNanos(), this::sample);
        }
    }
}
