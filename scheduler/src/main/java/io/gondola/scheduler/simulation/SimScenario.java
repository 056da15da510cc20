package io.gondola.scheduler.simulation;

import static io.gondola.scheduler.simulation.SimWorld.MILLI;
import static io.gondola.scheduler.simulation.SimWorld.SECOND;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.SamplingParams;
import io.gondola.scheduler.core.Effect;
import io.gondola.scheduler.core.SchedulerGauges;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A load and its mishaps, drawn from a seed: bursts, tenants, classes, cancels; workers that join, leave and die. */
final class SimScenario {

    private static final long LOAD_NANOS = 10 * SECOND;
    /** Nothing goes wrong any more. */
    private static final long CALM_NANOS = LOAD_NANOS + SECOND;
    /** How long nothing is open before the books are compared. */
    private static final long REST_NANOS = 8 * SECOND;
    /** More than any request may take. */
    private static final long END_NANOS = 4 * 60 * SECOND;

    /** How many times the work of another a slow worker takes. */
    private static final int SLOWNESS = 10;

    private record Happening(long atNanos, String name, Runnable what) {}

    final SimWorld world;
    private final SplittableRandom random;
    private final List<SimGateway> allGateways = new ArrayList<>();
    private final int contextTokensMax;
    private final List<Happening> happenings = new ArrayList<>();
    private int workersMade;
    private long generations;

    private SimScenario(long seed, boolean isTraced, UnaryOperator<List<Effect>> filter, Set<Mending> without) {
        world = SimWorld.drawn(seed, isTraced, filter, without, CALM_NANOS);
        random = world.random;
        contextTokensMax = 32 << random.nextInt(4);
    }

    /** Runs the world of this seed to its end; a failure names the seed and the shortest way to it that was found. */
    static SimScenario run(long seed, boolean isTraced) {
        return run(seed, isTraced, effects -> effects, Set.of());
    }

    /** The same with a core whose effects pass through {@code filter}, and in which something is not done. */
    static SimScenario run(long seed, boolean isTraced, UnaryOperator<List<Effect>> filter, Set<Mending> without) {
        SimScenario scenario = new SimScenario(seed, isTraced, filter, without);
        if (scenario.tryFail(new BitSet()) != null) {
            throw ShortestFailure.of(
                    seed, scenario.happenings.size(), () -> new SimScenario(seed, true, filter, without));
        }
        return scenario;
    }

    /** Runs to the end without the happenings in {@code leftOut}, and says what is wrong; null when all is well. */
    @Nullable
    Throwable tryFail(BitSet leftOut) {
        try {
            lay();
            for (int i = 0; i < happenings.size(); i++) {
                if (!leftOut.get(i)) {
                    world.after(happenings.get(i).atNanos, happenings.get(i).what);
                }
            }
            QuietChecks quiet = new QuietChecks(world);
            world.observer = quiet::onEffect;
            world.after(CALM_NANOS, quiet::look);
            world.after(CALM_NANOS, () -> awaitRest(0));
            world.run();
            checkRest();
            return null;
        } catch (AssertionError | RuntimeException failure) {
            return failure;
        }
    }

    /** What was planned to happen, in words, in the order of planning. */
    List<String> plan() {
        return happenings.stream()
                .map(happening -> happening.atNanos / MILLI + " ms: " + happening.name)
                .toList();
    }

    private void plan(long atNanos, String name, Runnable what) {
        happenings.add(new Happening(atNanos, name, what));
    }

    private void lay() {
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            SimGateway gateway = new SimGateway(world, "gateway" + i);
            world.gateways.put("gateway" + i, gateway);
            allGateways.add(gateway);
            if (random.nextInt(10) == 0) {
                plan(random.nextLong(LOAD_NANOS), gateway.id() + " vanishes", gateway::vanish);
            }
        }
        for (int i = random.nextInt(6); i > 0; i--) {
            planWorker(random.nextLong(random.nextBoolean() ? MILLI : LOAD_NANOS), false);
        }
        long meanGapNanos = random.nextLong(20 * MILLI, SECOND);
        long at = 0;
        while (at < LOAD_NANOS && generations < 120) {
            planSubmit(at);
            at += random.nextInt(4) == 0 ? 0 : random.nextLong(2 * meanGapNanos);
        }
        planOwners();
        // Whatever happened, in the end there is a worker for all that is left: not a happening, so never left out.
        SimWorker last = worker(true);
        world.after(LOAD_NANOS + SECOND, () -> start(last, 0));
    }

    /** The owner is replaced, with a gap or with both alive for a while; the clock of the new one may be slow. */
    private void planOwners() {
        long epoch = SimWorld.FIRST_EPOCH;
        for (int i = random.nextInt(3) == 0 ? 1 + random.nextInt(2) : 0; i > 0; i--) {
            long old = epoch;
            epoch = random.nextInt(4) == 0 ? old - 100 : old + 7;
            long next = epoch;
            long at = random.nextLong(LOAD_NANOS / 2) + (i == 1 ? LOAD_NANOS / 2 : 0);
            long apartNanos = random.nextLong(3 * SECOND);
            boolean isOverlapping = random.nextBoolean();
            plan(at, "owner " + next + " begins" + (isOverlapping ? " beside " : ", late, after ") + old, () -> {
                if (isOverlapping) {
                    world.startScheduler(next);
                    world.after(apartNanos, () -> world.killScheduler(old));
                } else {
                    world.killScheduler(old);
                    world.after(apartNanos, () -> world.startScheduler(next));
                }
            });
        }
    }

    private void planSubmit(long at) {
        SimGateway gateway = allGateways.get(random.nextInt(allGateways.size()));
        List<GenerationRequest> requests = requests(gateway.id());
        plan(at, gateway.id() + " submits " + requests, () -> {
            if (world.gateways.containsValue(gateway)) {
                gateway.submit(requests);
            }
        });
        for (GenerationRequest request : requests) {
            GenerationId id = request.ref().id();
            if (random.nextInt(5) == 0) {
                plan(at + random.nextLong(2 * SECOND), "the client of " + id + " leaves", () -> gateway.cancel(id));
            }
            if (random.nextInt(12) == 0) {
                plan(at + random.nextLong(2 * SECOND), id + " is tried again", () -> gateway.tryAgain(id));
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
                1,
                requestClass,
                timeoutNanos);
    }

    private SimWorker worker(boolean isLast) {
        int slots = 1 + random.nextInt(6);
        int context = isLast || random.nextInt(4) > 0 ? contextTokensMax : contextTokensMax / 2;
        long kvTokens = random.nextBoolean() ? (long) slots * context : context + random.nextInt(context);
        ModelDescription description =
                new ModelDescription(SimWorld.MODEL, "GPT2LMHeadModel", context, 1_000, slots, kvTokens);
        int slowness = random.nextInt(4) == 0 ? SLOWNESS : 1;
        long baseNanos = slowness * random.nextLong(MILLI, 40 * MILLI);
        long tokenNanos = random.nextLong(1, MILLI);
        StepCost cost = new StepCost(baseNanos, tokenNanos, tokenNanos, 0);
        return new SimWorker(world, "worker" + ++workersMade, description, cost, new PromptMemory(0));
    }

    private void start(SimWorker worker, long loadingNanos) {
        world.workers.put(worker.id, worker);
        worker.load(loadingNanos);
    }

    private void planWorker(long at, boolean isReplacement) {
        SimWorker worker = worker(false);
        long loadingNanos = random.nextBoolean() ? 0 : random.nextLong(3 * SECOND);
        plan(at, worker.id + " starts with " + worker.description, () -> start(worker, loadingNanos));
        long lifeNanos = random.nextLong(5 * SECOND);
        if (random.nextInt(6) == 0) {
            long pauseNanos = random.nextLong(5 * SECOND);
            plan(at + random.nextLong(5 * SECOND), worker.id + " pauses", () -> worker.pause(pauseNanos));
        }
        if (random.nextInt(4) == 0) {
            long noticedNanos = random.nextLong(3 * SECOND);
            plan(at + lifeNanos, worker.id + " restarts", () -> worker.restart(noticedNanos));
        } else if (random.nextInt(3) == 0) {
            long noticedNanos = random.nextLong(3 * SECOND);
            if (random.nextBoolean()) {
                plan(at + lifeNanos, worker.id + " leaves", worker::leave);
            } else {
                plan(at + lifeNanos, worker.id + " is killed", () -> worker.kill(noticedNanos));
            }
            if (!isReplacement && random.nextBoolean()) {
                planWorker(at + lifeNanos + random.nextLong(SECOND), true);
            }
        }
    }

    /** The world rests when nothing has been open for a while. */
    private void awaitRest(long restedNanos) {
        boolean isOpen = allGateways.stream()
                .flatMap(gateway -> gateway.clients.values().stream())
                .anyMatch(client -> client.outcome == SimGateway.Outcome.OPEN);
        if (restedNanos >= REST_NANOS || world.nowNanos() >= END_NANOS) {
            world.stop();
        } else {
            world.after(SECOND, () -> awaitRest(isOpen ? 0 : restedNanos + SECOND));
        }
    }

    private void checkRest() {
        for (SimGateway gateway : allGateways) {
            for (SimClient client : gateway.clients.values()) {
                if (client.outcome == SimGateway.Outcome.OPEN) {
                    throw new AssertionError(client.request.ref() + " never ended");
                }
            }
        }
        world.owner().invariants.checkAllEnded();
        for (SimWorker worker : world.workers.values()) {
            boolean isMember = world.owner().invariants.isMember(worker.id);
            if (isMember && !worker.census().aboard().isEmpty()) {
                throw new AssertionError("at rest, and yet " + worker.census());
            }
        }
        SchedulerGauges gauges = world.owner().core.gauges();
        if (gauges.queueRequests() != 0 || gauges.slotsUsed() != 0 || gauges.kvTokensUsed() != 0) {
            throw new AssertionError("at rest, and yet " + gauges);
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
