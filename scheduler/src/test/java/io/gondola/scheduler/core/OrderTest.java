package io.gondola.scheduler.core;

import static io.gondola.scheduler.core.RequestBuilder.SECOND;
import static io.gondola.scheduler.core.RequestBuilder.ref;
import static io.gondola.scheduler.core.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.RequestClass;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OrderTest {

    private static CoreWorld busyWorld() {
        return new CoreWorld(SchedulerLimits.defaults()).join("w", 1, 1_000).submit(request(1));
    }

    /** Lets the one slot become free again and again; the ids in the order of boarding. */
    private static List<Long> drain(CoreWorld world, long running) {
        List<Long> order = new ArrayList<>();
        long aboard = running;
        while (world.core.gauges().slotsUsed() > 0) {
            world.finish("w", 10, ref(aboard, 0));
            if (!world.boarded().isEmpty()) {
                aboard = Long.parseLong(world.boarded().get(0).split(":")[1]);
                order.add(aboard);
            }
        }
        world.checkAllEnded();
        return order;
    }

    @Test
    void classesGoInOrderThenArrival() {
        CoreWorld world = busyWorld();
        world.submit(request(2).of(RequestClass.BATCH));
        world.submit(request(3).of(RequestClass.STANDARD));
        world.submit(request(4).of(RequestClass.INTERACTIVE));
        world.submit(request(5).of(RequestClass.STANDARD));
        world.submit(request(6).of(RequestClass.INTERACTIVE));
        assertThat(drain(world, 1)).containsExactly(4L, 6L, 3L, 5L, 2L);
    }

    @Test
    void withinATenantTheEarlierDeadlineGoesFirst() {
        CoreWorld world = busyWorld();
        world.submit(request(2).timeout(30 * SECOND));
        world.submit(request(3).timeout(10 * SECOND));
        world.submit(request(4).timeout(20 * SECOND));
        assertThat(drain(world, 1)).containsExactly(3L, 4L, 2L);
    }

    @Test
    void theTenantWithTheLeastServiceGoesFirst() {
        CoreWorld world = busyWorld();
        for (int i = 0; i < 4; i++) {
            world.submit(request(10 + i).tenant("greedy"));
        }
        world.submit(request(20).tenant("modest"), request(21).tenant("modest"));
        assertThat(drain(world, 1)).containsExactly(10L, 20L, 11L, 21L, 12L, 13L);
    }

    @Test
    void serviceIsWeightedTokens() {
        CoreWorld world = busyWorld();
        // 100 prompt tokens weigh as much as 50 output tokens: one of "long" for five of "short".
        world.submit(request(10).tenant("long").tokens(100, 100));
        world.submit(request(11).tenant("long").tokens(100, 100));
        for (int i = 0; i < 6; i++) {
            world.submit(request(20 + i).tenant("short").tokens(20, 100));
        }
        // Each gives 10 output tokens: "long" is served 120, "short" 40.
        assertThat(drain(world, 1)).containsExactly(10L, 20L, 21L, 22L, 11L, 23L, 24L, 25L);
    }

    @Test
    void aTenantThatWasIdleHoardsNoCredit() {
        CoreWorld world = busyWorld();
        for (int i = 0; i < 10; i++) {
            world.submit(request(10 + i).tenant("busy"));
        }
        long running = 1;
        for (int i = 0; i < 6; i++) {
            world.finish("w", 10, ref(running, 0));
            running = 10 + i;
        }
        for (int i = 0; i < 4; i++) {
            world.submit(request(30 + i).tenant("late"));
        }
        assertThat(drain(world, running)).containsExactly(16L, 30L, 17L, 31L, 18L, 32L, 19L, 33L);
    }

    @Test
    void anAgedRequestGetsItsShareOfBoardings() {
        SchedulerLimits limits = SchedulerLimits.defaults()
                .withOrder(new SchedulerLimits.Order(30 * SECOND, 4, 32, 2 * SECOND, 1, 2, 0, 60 * SECOND));
        CoreWorld world = new CoreWorld(limits).join("w", 1, 1_000).submit(request(1));
        world.submit(request(2).of(RequestClass.BATCH), request(3).of(RequestClass.BATCH));
        world.at(30 * SECOND);
        for (int i = 0; i < 12; i++) {
            world.submit(request(10 + i).of(RequestClass.INTERACTIVE));
        }
        // The first request boarded as well: every fourth is aged.
        assertThat(drain(world, 1)).containsExactly(10L, 11L, 2L, 12L, 13L, 14L, 3L, 15L, 16L, 17L, 18L, 19L, 20L, 21L);
    }
}
