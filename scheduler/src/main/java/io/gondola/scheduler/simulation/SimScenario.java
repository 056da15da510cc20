package io.gondola.scheduler.simulation;

import static io.gondola.scheduler.simulation.SimWorld.MILLI;
import static io.gondola.scheduler.simulation.SimWorld.SECOND;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.SamplingParams;
import io.gondola.scheduler.core.SchedulerGauges;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A load and its mishaps, drawn from a seed: bursts, tenants, classes, cancels; workers that join, leave and die. */
final class SimScenario {

    private static final long LOAD_NANOS = 10 * SECOND;
    /** Events of the scheduler that a failure shows. */
    private static final int LAST_EVENTS = 12;

    final SimWorld world;
    private final SplittableRandom random;
    private final List<SimGateway> allGateways = new ArrayList<>();
    private final int contextTokensMax;
    private int workersMade;
    private long generations;

    private SimScenario(long seed, boolean isTraced) {
        world = new SimWorld(seed, isTraced);
        random = world.random;
        contextTokensMax = 32 << random.nextInt(4);
    }

    /** Runs the world of this seed to its end and checks that all is well then. */
    static SimScenario run(long seed, boolean isTraced) {
        SimScenario scenario = new SimScenario(seed, isTraced);
        try {
            scenario.lay();
            scenario.world.run();
            scenario.checkRest();
        } catch (AssertionError | RuntimeException failure) {
            if (!isTraced) {
                return run(seed, true); // Fails again, and says how it came to that.
            }
            List<String> trace = scenario.world.trace();
            throw new AssertionError(
                    "seed " + seed + " after " + trace.size() + " events: " + failure.getMessage() + "\n"
                            + String.join("\n", trace.subList(Math.max(0, trace.size() - LAST_EVENTS), trace.size())),
                    failure);
        }
        return scenario;
    }

    private void lay() {
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            SimGateway gateway = new SimGateway(world, "gateway" + i);
            world.gateways.put("gateway" + i, gateway);
            allGateways.add(gateway);
            if (random.nextInt(10) == 0) {
                world.after(random.nextLong(LOAD_NANOS), gateway::vanish);
            }
        }
        for (int i = random.nextInt(6); i > 0; i--) {
            world.after(random.nextLong(random.nextBoolean() ? MILLI : LOAD_NANOS), this::startWorker);
        }
        long meanGapNanos = random.nextLong(20 * MILLI, SECOND);
        long at = 0;
        while (at < LOAD_NANOS && generations < 120) {
            SimGateway gateway = allGateways.get(random.nextInt(allGateways.size()));
            List<GenerationRequest> requests = requests(gateway.id());
            world.after(at, () -> submit(gateway, requests));
            at += random.nextInt(4) == 0 ? 0 : random.nextLong(2 * meanGapNanos);
        }
        // Whatever happened, in the end there is a worker for all that is left.
        world.after(LOAD_NANOS + SECOND, this::startWorker);
    }

    private void submit(SimGateway gateway, List<GenerationRequest> requests) {
        if (!world.gateways.containsValue(gateway)) {
            return;
        }
        gateway.submit(requests);
        for (GenerationRequest request : requests) {
            GenerationId id = request.ref().id();
            if (random.nextInt(5) == 0) {
                world.after(random.nextLong(2 * SECOND), () -> gateway.cancel(id));
            }
            if (random.nextInt(12) == 0) {
                world.after(random.nextLong(2 * SECOND), () -> gateway.tryAgain(id));
            }
        }
    }

    private List<GenerationRequest> requests(String gatewayId) {
        List<GenerationRequest> requests = new ArrayList<>();
        String tenant = "tenant" + random.nextInt(5);
        RequestClass requestClass = RequestClass.values()[random.nextInt(3)];
        for (int n = random.nextInt(4) == 0 ? 1 + random.nextInt(4) : 1; n > 0; n--) {
            boolean isLong = random.nextInt(4) == 0;
            requests.add(request(
                    gatewayId,
                    1 + random.nextInt(isLong ? contextTokensMax : 16),
                    random.nextInt(isLong ? contextTokensMax / 2 : 16),
                    tenant,
                    requestClass,
                    random.nextInt(4) == 0 ? random.nextLong(3 * SECOND) : 60 * SECOND));
        }
        return requests;
    }

    private GenerationRequest request(
            String gatewayId,
            int promptTokens,
            int maxTokens,
            String tenant,
            RequestClass requestClass,
            long timeoutNanos) {
        return new GenerationRequest(
                new GenerationRef(new GenerationId(7, ++generations), 0),
                gatewayId,
                SimWorld.MODEL,
                new int[promptTokens],
                new int[0],
                maxTokens,
                new int[0],
                SamplingParams.greedy(),
                -1,
                false,
                tenant,
                requestClass,
                timeoutNanos);
    }

    private void startWorker() {
        boolean isLast = world.nowNanos() > LOAD_NANOS;
        int slots = 1 + random.nextInt(6);
        int context = isLast || random.nextInt(4) > 0 ? contextTokensMax : contextTokensMax / 2;
        long kvTokens = random.nextBoolean() ? (long) slots * context : context + random.nextInt(context);
        ModelDescription description =
                new ModelDescription(SimWorld.MODEL, "GPT2LMHeadModel", context, 1_000, slots, kvTokens);
        String id = "worker" + ++workersMade;
        SimWorker worker =
                new SimWorker(world, id, description, random.nextLong(MILLI, 40 * MILLI), random.nextLong(1, MILLI));
        world.workers.put(id, worker);
        worker.join(40);
        if (!isLast && random.nextInt(4) == 0) {
            world.after(random.nextLong(5 * SECOND), () -> {
                if (!worker.isGone() && worker.hasReported()) {
                    worker.restart();
                }
            });
        } else if (!isLast && random.nextInt(3) == 0) {
            long lifeNanos = random.nextLong(5 * SECOND);
            long noticedNanos = random.nextLong(3 * SECOND);
            world.after(lifeNanos, random.nextBoolean() ? worker::leave : () -> worker.kill(noticedNanos));
            if (random.nextBoolean()) {
                world.after(lifeNanos + random.nextLong(SECOND), this::startWorker);
            }
        }
    }

    private void checkRest() {
        world.invariants.checkAllEnded();
        SchedulerGauges gauges = world.core.gauges();
        if (gauges.queueRequests() != 0 || gauges.slotsUsed() != 0 || gauges.kvTokensUsed() != 0) {
            throw new AssertionError("at rest, and yet " + gauges);
        }
        for (SimGateway gateway : allGateways) {
            for (SimGateway.Client client : gateway.clients.values()) {
                if (client.outcome == SimGateway.Outcome.OPEN) {
                    throw new AssertionError(client.request.ref() + " never ended");
                }
            }
        }
    }

    /** How many clients' generations ended so. */
    long count(SimGateway.Outcome outcome) {
        return allGateways.stream()
                .flatMap(gateway -> gateway.clients.values().stream())
                .filter(client -> client.outcome == outcome)
                .count();
    }
}
