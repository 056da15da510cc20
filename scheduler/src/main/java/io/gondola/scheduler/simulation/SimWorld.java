package io.gondola.scheduler.simulation;

import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.OwnerWatch;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.scheduler.core.Effect;
import io.gondola.scheduler.core.SchedulerEvent;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.presence.PresenceLimits;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler core with gateways, workers, clients and a network, in virtual time, all from one seed.
 *
 * <p>{@link SchedulerInvariants} are checked after every event of a scheduler; gateways check that every output is whole
 * and right. Messages to a party that is gone are lost.
 */
final class SimWorld {

    static final String MODEL = "m";
    static final long FIRST_EPOCH = 1_000;
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000_000_000L;
    private static final long EVENTS_MAX = 400_000;

    private record Timed(long nanos, long number, Runnable what) {}

    final SplittableRandom random;
    final SchedulerLimits limits;
    /** Those that live, by epoch. */
    final TreeMap<Long, SimScheduler> schedulers = new TreeMap<>();

    final Omissions omissions;
    final Map<String, SimGateway> gateways = new TreeMap<>();
    final Map<String, SimWorker> workers = new TreeMap<>();
    private final PriorityQueue<Timed> agenda = new PriorityQueue<>(
            (a, b) -> a.nanos != b.nanos ? Long.compare(a.nanos, b.nanos) : Long.compare(a.number, b.number));
    /** How often generations ended so for the scheduler. */
    final Map<Effect.End, Long> ends = new EnumMap<>(Effect.End.class);

    private final List<String> trace = new ArrayList<>();
    private final boolean isTraced;
    private final UnaryOperator<List<Effect>> filter;
    final SimNetwork network;
    private final long eventsMax;
    private final ToIntFunction<GenerationRequest> outputTokens;
    /** Who wants to know of the core's effects, after the book. */
    Consumer<Effect> observer = effect -> {};

    private long nowNanos;
    private long quietSinceNanos;
    private long numbers;
    private int schedulerEvents;
    private int schedulersMade;
    private boolean hasMissedWorker;

    /**
     * @param filter what becomes of the core's effects before anybody sees them: a test breaks the core by it
     * @param without what nobody does in this world
     * @param calmAtNanos when the network loses nothing any more
     */
    static SimWorld drawn(
            long seed, boolean isTraced, UnaryOperator<List<Effect>> filter, Set<Mending> without, long calmAtNanos) {
        SplittableRandom random = new SplittableRandom(seed);
        SchedulerLimits limits = SimLimits.draw(random);
        return new SimWorld(
                random, limits, isTraced, filter, without, calmAtNanos, EVENTS_MAX, GenerationRequest::maxTokens);
    }

    /** A world of these limits in which no message is lost or comes twice, for as long as it takes. */
    static SimWorld quiet(long seed, SchedulerLimits limits, ToIntFunction<GenerationRequest> outputTokens) {
        return new SimWorld(
                new SplittableRandom(seed),
                limits.withPresence(PresenceLimits.off()),
                false,
                effects -> effects,
                Set.of(),
                0,
                Long.MAX_VALUE,
                outputTokens);
    }

    private SimWorld(
            SplittableRandom random,
            SchedulerLimits limits,
            boolean isTraced,
            UnaryOperator<List<Effect>> filter,
            Set<Mending> without,
            long calmAtNanos,
            long eventsMax,
            ToIntFunction<GenerationRequest> outputTokens) {
        this.random = random;
        this.limits = limits;
        this.isTraced = isTraced;
        this.filter = filter;
        omissions = new Omissions(without);
        quietSinceNanos = calmAtNanos + SimNetwork.LATE_NANOS_MAX;
        this.eventsMax = eventsMax;
        this.outputTokens = outputTokens;
        network = isWatched() ? SimNetwork.draw(this, random, calmAtNanos) : SimNetwork.quiet(this, random);
        startScheduler(FIRST_EPOCH);
    }

    /** Whether parties are missed when they are silent; if not, none sends anything in periods. */
    boolean isWatched() {
        return limits.presence().aliveNanos() > 0;
    }

    boolean does(Mending mending) {
        return isWatched() && !omissions.contains(mending);
    }

    void startScheduler(long epoch) {
        SimScheduler scheduler = new SimScheduler(this, epoch, filter, eventsMax == EVENTS_MAX);
        schedulers.put(epoch, scheduler);
        schedulersMade++;
        disturb(0);
        if (isWatched()) {
            scheduler.begin();
        }
    }

    /**
     * Whether a worker may be sent more than it can hold: by an owner that does not know everything yet, or that had given
     * it up.
     */
    boolean mayOverbook() {
        return schedulersMade > 1 || hasMissedWorker;
    }

    void killScheduler(long epoch) {
        SimScheduler scheduler = schedulers.remove(epoch);
        if (scheduler != null) {
            scheduler.die();
            disturb(0);
        }
    }

    /** The owner; where there are several, the one that everybody comes to heed. */
    SimScheduler owner() {
        return schedulers.lastEntry().getValue();
    }

    /** How many tokens this one's output has, whoever computes it. */
    int outputTokens(GenerationRequest request) {
        return outputTokens.applyAsInt(request);
    }

    long nowNanos() {
        return nowNanos;
    }

    /** Something goes wrong that may be felt for so long. */
    void disturb(long nanos) {
        quietSinceNanos = Math.max(quietSinceNanos, nowNanos + nanos);
    }

    /** Nothing has gone wrong since then; in the future while something may still go wrong. */
    long quietSinceNanos() {
        return quietSinceNanos;
    }

    /** Does this later. */
    void after(long delayNanos, Runnable what) {
        agenda.add(new Timed(nowNanos + delayNanos, ++numbers, what));
    }

    /** @param epoch which owner, or {@link OwnerWatch#NOBODY}: any that lives */
    void toScheduler(String from, long epoch, ToScheduler said) {
        ToScheduler message = omissions.trySaid(said);
        if (message == null) {
            return;
        }
        network.carry(from, "scheduler" + epoch, () -> {
            SimScheduler to = epoch == OwnerWatch.NOBODY ? tryAny() : schedulers.get(epoch);
            if (to != null) {
                to.on(message);
            }
        });
    }

    private @Nullable SimScheduler tryAny() {
        List<SimScheduler> alive = List.copyOf(schedulers.values());
        return alive.isEmpty() ? null : alive.get(random.nextInt(alive.size()));
    }

    void toGateway(String from, String gateway, ToGateway message) {
        network.carry(from, gateway, () -> {
            SimGateway there = gateways.get(gateway);
            if (there != null) {
                there.on(message);
            }
        });
    }

    void carryOut(long epoch, Effect effect) {
        observer.accept(effect);
        hasMissedWorker |= effect instanceof Effect.WorkerSilent;
        String from = "scheduler" + epoch;
        if (effect instanceof Effect.Ended ended) {
            ends.merge(ended.end(), 1L, Long::sum);
        } else if (effect instanceof Effect.TellWorker tell) {
            network.carry(from, tell.workerId(), () -> toWorker(tell.workerId(), worker -> worker.on(tell.fenced())));
        } else if (effect instanceof Effect.TellGateway tell) {
            toGateway(from, tell.gatewayId(), tell.message());
        } else if (effect instanceof Effect.TellAll) {
            for (String id : workers.keySet()) {
                network.carry(from, id, () -> toWorker(id, worker -> worker.onOwnerAlive(epoch)));
            }
            for (String id : gateways.keySet()) {
                network.carry(from, id, () -> {
                    SimGateway there = gateways.get(id);
                    if (there != null) {
                        there.heed(epoch);
                    }
                });
            }
        }
    }

    private void toWorker(String id, Consumer<SimWorker> what) {
        SimWorker there = workers.get(id);
        if (there != null) {
            what.accept(there);
        }
    }

    void trace(long epoch, SchedulerEvent event, List<Effect> effects) {
        schedulerEvents++;
        if (isTraced) {
            trace.add(nowNanos + " @" + epoch + " " + event + " -> " + effects);
        }
    }

    /** It has come to rest: nothing that still happens counts. */
    void stop() {
        agenda.clear();
    }

    /** Turns the world until nothing is left to happen. */
    void run() {
        long events = 0;
        while (!agenda.isEmpty()) {
            Timed next = agenda.poll();
            nowNanos = next.nanos;
            next.what.run();
            if (++events > eventsMax) {
                throw new AssertionError("it does not come to rest");
            }
        }
    }

    int schedulerEvents() {
        return schedulerEvents;
    }

    List<String> trace() {
        return trace;
    }
}
