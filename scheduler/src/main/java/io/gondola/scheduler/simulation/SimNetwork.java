package io.gondola.scheduler.simulation;

import static io.gondola.scheduler.simulation.SimWorld.MILLI;
import static io.gondola.scheduler.simulation.SimWorld.SECOND;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The network of a simulated world. At its best it keeps the order of messages between two parties, as the event bus
 * does, and nothing else; at its worst it loses, repeats and reorders them, until it calms down.
 */
final class SimNetwork {

    private static final int LOST_PERCENT_MAX = 20;
    private static final int LATE_PERCENT_MAX = 10;
    static final long LATE_NANOS_MAX = SECOND;

    private final SimWorld world;
    private final SplittableRandom random;
    private final int lostPercent;
    private final int repeatPercent;
    /** Messages that others overtake; none in a network that keeps order. */
    private final int latePercent;

    private final long calmAtNanos;
    private final Map<String, Long> lastArrivals = new HashMap<>();
    private long lost;
    private long overtaken;

    private SimNetwork(
            SimWorld world,
            SplittableRandom random,
            int lostPercent,
            int repeatPercent,
            int latePercent,
            long calmAtNanos) {
        this.world = world;
        this.random = random;
        this.lostPercent = lostPercent;
        this.repeatPercent = repeatPercent;
        this.latePercent = latePercent;
        this.calmAtNanos = calmAtNanos;
    }

    /** Delays alone. */
    static SimNetwork quiet(SimWorld world, SplittableRandom random) {
        return new SimNetwork(world, random, 0, 0, 0, 0);
    }

    /** Every third keeps order and loses nothing, every third loses, every third does everything. */
    static SimNetwork draw(SimWorld world, SplittableRandom random, long calmAtNanos) {
        int kind = random.nextInt(3);
        return new SimNetwork(
                world,
                random,
                kind == 0 ? 0 : random.nextInt(LOST_PERCENT_MAX + 1),
                random.nextInt(3) == 0 ? 10 : 0,
                kind < 2 ? 0 : random.nextInt(LATE_PERCENT_MAX + 1),
                calmAtNanos);
    }

    /** Carries a message from one party to another, or does not. */
    void carry(String from, String to, Runnable delivery) {
        boolean isCalm = world.nowNanos() >= calmAtNanos;
        int copies = !isCalm && random.nextInt(100) < repeatPercent ? 2 : 1;
        for (int i = 0; i < copies; i++) {
            if (!isCalm && random.nextInt(100) < lostPercent) {
                lost++;
                continue;
            }
            long arrival = world.nowNanos() + random.nextLong(10_000, 3 * MILLI);
            if (!isCalm && random.nextInt(100) < latePercent) {
                overtaken++;
                arrival += random.nextLong(LATE_NANOS_MAX);
            } else {
                // Behind all that went that way before, save what is late.
                arrival = Math.max(arrival, lastArrivals.getOrDefault(from + ">" + to, 0L) + 1);
                lastArrivals.put(from + ">" + to, arrival);
            }
            world.after(arrival - world.nowNanos(), delivery);
        }
    }

    /** Whether messages may be missing, or come in another order. */
    boolean isLossy() {
        return lostPercent > 0 || latePercent > 0;
    }

    long lost() {
        return lost;
    }

    long overtaken() {
        return overtaken;
    }
}
