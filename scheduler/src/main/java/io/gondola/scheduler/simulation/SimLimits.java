package io.gondola.scheduler.simulation;

import static io.gondola.scheduler.simulation.SimWorld.SECOND;

import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.presence.PresenceLimits;
import java.util.SplittableRandom;

/** Limits of all sizes, tight ones often. */
final class SimLimits {

    private SimLimits() {}

    static SchedulerLimits draw(SplittableRandom random) {
        return SchedulerLimits.defaults()
                .withQueue(new SchedulerLimits.Queue(
                        1 + random.nextInt(40),
                        20 + random.nextInt(4_000),
                        1 + random.nextInt(6),
                        random.nextInt(20),
                        random.nextInt(2_000)))
                .withHolding(new SchedulerLimits.Holding(random.nextInt(30), random.nextLong(20 * SECOND)))
                .withLoading(new SchedulerLimits.Loading(
                        random.nextLong(8 * SECOND), 1 + random.nextLong(SECOND, 4 * SECOND)))
                .withPlacement(new SchedulerLimits.Placement(
                        random.nextInt(3) == 0 ? 0 : 1 << random.nextInt(8),
                        random.nextInt(100),
                        random.nextLong(3 * SECOND)))
                .withStep(new SchedulerLimits.Step(1 + random.nextInt(8), 1 + random.nextInt(64)))
                .withOrder(new SchedulerLimits.Order(
                        random.nextLong(5 * SECOND),
                        random.nextInt(5),
                        random.nextInt(10),
                        random.nextLong(3 * SECOND),
                        random.nextInt(3),
                        random.nextInt(3),
                        random.nextInt(4),
                        1 + random.nextLong(5 * SECOND)))
                .withRetryAfter(new SchedulerLimits.RetryAfter(
                        1_000, 60_000, 5_000, 1 + random.nextLong(30 * SECOND), random.nextInt(300)))
                .withMemory(new SchedulerLimits.Memory(1 + random.nextInt(8), random.nextInt(4), 100_000))
                .withPresence(PresenceLimits.standard());
    }
}
