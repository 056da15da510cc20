package io.gondola.scheduler.simulation;

import io.gondola.protocol.Fenced;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.scheduler.core.Effect;
import io.gondola.scheduler.core.SchedulerCore;
import io.gondola.scheduler.core.SchedulerEvent;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.presence.PresenceLimits;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;

/**
 * A scheduler core with gateways, workers, clients and a network, in virtual time, all from one seed.
 *
 * <p>The network keeps the order of messages between two parties, as the event bus does, and nothing else: delays are
 * random, and some messages come twice. Messages to a party that is gone are lost. {@link SchedulerInvariants} are
 * checked after every event of the scheduler; gateways check that every output is whole and right.
 */
final class SimWorld {

    static final String MODEL = "m";
    static final long EPOCH = 1;
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000_000_000L;
    private static final long EVENTS_MAX = 400_000;

    private record Timed(long nanos, long number, Runnable what) {}

    final SplittableRandom random;
    final SchedulerLimits limits;
    final SchedulerCore core;
    final SchedulerInvariants invariants;
    final Map<String, SimGateway> gateways = new TreeMap<>();
    final Map<String, SimWorker> workers = new TreeMap<>();
    private final PriorityQueue<Timed> agenda = new PriorityQueue<>(
            (a, b) -> a.nanos != b.nanos ? Long.compare(a.nanos, b.nanos) : Long.compare(a.number, b.number));
    private final Map<String, Long> lastArrivals = new HashMap<>();
    /** How often generations ended so for the scheduler. */
    final Map<Effect.End, Long> ends = new EnumMap<>(Effect.End.class);

    private final List<String> trace = new ArrayList<>();
    private final boolean isTraced;
    private final UnaryOperator<List<Effect>> filter;
    private final int repeatPercent;
    private final long eventsMax;
    private final boolean isChecked;
    private final ToIntFunction<GenerationRequest> outputTokens;
    /** Who wants to know of the core's effects, after the book. */
    Consumer<Effect> observer = effect -> {};

    private long nowNanos;
    private long numbers;
    private long timer;
    private int schedulerEvents;

    /** @param filter what becomes of the core's effects before anybody sees them: a test breaks the core by it */
    static SimWorld drawn(long seed, boolean isTraced, UnaryOperator<List<Effect>> filter) {
        SplittableRandom random = new SplittableRandom(seed);
        SchedulerLimits limits = SimLimits.draw(random);
        return new SimWorld(
                random,
                limits,
                isTraced,
                filter,
                random.nextInt(3) == 0 ? 10 : 0,
                EVENTS_MAX,
                GenerationRequest::maxTokens);
    }

    /** A world of these limits in which no message comes twice, for as long as it takes. */
    static SimWorld quiet(long seed, SchedulerLimits limits, ToIntFunction<GenerationRequest> outputTokens) {
        return new SimWorld(
                new SplittableRandom(seed),
                limits.withPresence(PresenceLimits.off()),
                false,
                effects -> effects,
                0,
                Long.MAX_VALUE,
                outputTokens);
    }

    private SimWorld(
            SplittableRandom random,
            SchedulerLimits limits,
            boolean isTraced,
            UnaryOperator<List<Effect>> filter,
            int repeatPercent,
            long eventsMax,
            ToIntFunction<GenerationRequest> outputTokens) {
        this.random = random;
        this.limits = limits;
        this.isTraced = isTraced;
        this.filter = filter;
        this.repeatPercent = repeatPercent;
        this.eventsMax = eventsMax;
        isChecked = eventsMax == EVENTS_MAX;
        this.outputTokens = outputTokens;
        core = new SchedulerCore(MODEL, EPOCH, limits);
        invariants = new SchedulerInvariants(EPOCH, limits);
    }

    /** How many tokens this one's output has, whoever computes it. */
    int outputTokens(GenerationRequest request) {
        return outputTokens.applyAsInt(request);
    }

    long nowNanos() {
        return nowNanos;
    }

    /** Does this later. */
    void after(long delayNanos, Runnable what) {
        agenda.add(new Timed(nowNanos + delayNanos, ++numbers, what));
    }

    /** Carries a message from one party to another, behind all that went that way before. */
    private void carry(String from, String to, Runnable delivery) {
        int copies = random.nextInt(100) < repeatPercent ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            long arrival = nowNanos + random.nextLong(10_000, 3 * MILLI);
            arrival = Math.max(arrival, lastArrivals.getOrDefault(from + ">" + to, 0L) + 1);
            lastArrivals.put(from + ">" + to, arrival);
            after(arrival - nowNanos, delivery);
        }
    }

    void toScheduler(String from, ToScheduler message) {
        carry(from, "scheduler", () -> onScheduler(new SchedulerEvent.Received(message)));
    }

    void toGateway(String from, String gateway, ToGateway message) {
        carry(from, gateway, () -> {
            SimGateway there = gateways.get(gateway);
            if (there != null) {
                there.on(message);
            }
        });
    }

    private void toWorker(String worker, Fenced message) {
        carry("scheduler", worker, () -> {
            SimWorker there = workers.get(worker);
            if (there != null) {
                there.on(message);
            }
        });
    }

    private void onScheduler(SchedulerEvent event) {
        schedulerEvents++;
        List<Effect> effects = filter.apply(core.on(event, nowNanos));
        if (isTraced) {
            trace.add(nowNanos + " " + event + " -> " + effects);
        }
        if (isChecked) {
            invariants.check(event, nowNanos, effects, core);
        }
        for (Effect effect : effects) {
            observer.accept(effect);
            if (effect instanceof Effect.Ended ended) {
                ends.merge(ended.end(), 1L, Long::sum);
            } else if (effect instanceof Effect.TellWorker tell) {
                toWorker(tell.workerId(), tell.fenced());
            } else if (effect instanceof Effect.TellGateway tell) {
                toGateway("scheduler", tell.gatewayId(), tell.message());
            }
        }
        long due = core.nextDueNanos();
        long armed = ++timer;
        if (due != Long.MAX_VALUE) {
            after(due - nowNanos, () -> {
                if (armed == timer) {
                    onScheduler(new SchedulerEvent.TimePassed());
                }
            });
        }
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
