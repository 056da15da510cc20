package io.gondola.scheduler.simulation;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.SamplingParams;
import io.gondola.scheduler.core.Effect;
import io.gondola.scheduler.core.SchedulerGauges;
import io.gondola.scheduler.core.SchedulerLimits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A load on a fleet, in the world that the tests of the scheduler run in, until every request has ended. */
public final class LoadRun {

    private static final String GATEWAY = "gateway";
    private static final int SAMPLES = 240;
    private static final long JOIN_TIMES = 40;
    /** How long a killed worker stays unnoticed. */
    private static final long NOTICED_NANOS = SimWorld.SECOND;

    private final List<LoadRequest> load;
    private final Fleet fleet;
    private final SimWorld world;
    private final SimGateway gateway;
    private final Map<GenerationId, Long> queueWaits = new HashMap<>();
    private final Map<Integer, int[]> prompts = new HashMap<>();
    private final List<LoadResult.Sample> samples = new ArrayList<>();
    private final long sampleNanos;
    private final long endNanos;

    private LoadRun(List<LoadRequest> load, Fleet fleet, SchedulerLimits limits, long seed) {
        this.load = load;
        this.fleet = fleet;
        world = SimWorld.quiet(
                seed, limits, request -> load.get((int) request.ref().id().low())
                        .outputTokens());
        gateway = new SimGateway(world, GATEWAY);
        world.gateways.put(GATEWAY, gateway);
        world.observer = this::observe;
        endNanos = load.isEmpty() ? 0 : load.get(load.size() - 1).arrivalNanos();
        sampleNanos = Math.max(SimWorld.MILLI, endNanos / SAMPLES);
    }

    /** @param load in the order of arrival */
    public static LoadResult run(List<LoadRequest> load, Fleet fleet, SchedulerLimits limits, long seed) {
        LoadRun run = new LoadRun(load, fleet, limits, seed);
        run.startWorkers();
        // After the workers, so that the first request does not find an empty house.
        run.world.after(SimWorld.SECOND, () -> {
            run.submitFrom(0);
            run.sample();
        });
        run.world.run();
        return run.result();
    }

    private void startWorkers() {
        for (int i = 0; i < fleet.workers(); i++) {
            ModelDescription description = new ModelDescription(
                    SimWorld.MODEL, "simulated", fleet.contextTokensMax(), 1, fleet.slots(), fleet.kvTokensMax());
            StepCost cost = i < fleet.slowWorkers() ? fleet.cost().slower(Fleet.SLOW_TIMES) : fleet.cost();
            SimWorker worker = new SimWorker(world, "worker" + i, description, cost);
            world.workers.put(worker.id, worker);
            worker.join((int) JOIN_TIMES);
            if (i >= fleet.workers() - fleet.lostWorkers()) {
                world.after(SimWorld.SECOND + endNanos / 2, () -> worker.kill(NOTICED_NANOS));
            }
        }
    }

    /** One request at a time is on the agenda: it stays short, however long the load. */
    private void submitFrom(int index) {
        if (index == load.size()) {
            return;
        }
        LoadRequest next = load.get(index);
        world.after(SimWorld.SECOND + next.arrivalNanos() - world.nowNanos(), () -> {
            gateway.submit(List.of(request(index, next)));
            submitFrom(index + 1);
        });
    }

    private GenerationRequest request(int index, LoadRequest from) {
        return new GenerationRequest(
                new GenerationRef(new GenerationId(0, index), 0),
                GATEWAY,
                SimWorld.MODEL,
                prompts.computeIfAbsent(from.promptTokens(), int[]::new),
                new int[0],
                from.maxTokens(),
                new int[0],
                SamplingParams.greedy(),
                -1,
                false,
                from.tenant(),
                from.requestClass(),
                from.timeoutNanos());
    }

    private void observe(Effect effect) {
        if (effect instanceof Effect.Boarded boarded) {
            queueWaits.putIfAbsent(boarded.ref().id(), boarded.queueWaitNanos());
        }
    }

    private void sample() {
        SchedulerGauges gauges = world.core.gauges();
        long nanos = world.nowNanos() - SimWorld.SECOND;
        samples.add(new LoadResult.Sample(nanos, gauges.queueRequests(), gauges.sequencesRunning(), gauges.workers()));
        if (nanos < endNanos || gauges.demand() > 0) {
            world.after(sampleNanos, this::sample);
        }
    }

    private LoadResult result() {
        List<LoadResult.Served> served = new ArrayList<>();
        gateway.clients.forEach((id, client) -> served.add(new LoadResult.Served(
                load.get((int) id.low()),
                client.outcome.name(),
                queueWaits.getOrDefault(id, LoadResult.NEVER),
                client.firstTokenNanos == 0 ? LoadResult.NEVER : client.firstTokenNanos - client.submittedNanos,
                client.endedNanos - client.submittedNanos,
                client.outputTokens)));
        return new LoadResult(fleet, served, samples);
    }
}
