package io.gondola.scheduler.core;

import static io.gondola.scheduler.core.RequestBuilder.SECOND;
import static io.gondola.scheduler.core.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.Rejection;
import io.gondola.protocol.Rejection.Reason;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import org.junit.jupiter.api.Test;

/** Workers that are loading count as coming. */
class LoadingTest {

    private static final long HELD_NANOS = 60 * SECOND;
    private static final long SILENT_NANOS = 10 * SECOND;
    private static final long LOADING_NANOS = 100 * SECOND;

    /** One request may be held while nobody is there; several may wait. */
    private static CoreWorld world() {
        return new CoreWorld(SchedulerLimits.defaults()
                .withQueueRequestsMax(3)
                .withHolding(new SchedulerLimits.Holding(1, HELD_NANOS))
                .withLoading(new SchedulerLimits.Loading(LOADING_NANOS, SILENT_NANOS)));
    }

    private static ToScheduler loading(String worker) {
        return new ToScheduler.WorkerLoading(worker, RequestBuilder.MODEL, 50, 1_000);
    }

    /** Repeats the announcement until then. */
    private static void load(CoreWorld world, long untilNanos) {
        while (world.nowNanos < untilNanos) {
            world.at(Math.min(untilNanos, world.nowNanos + 2 * SECOND)).on(loading("w"));
        }
    }

    @Test
    void whileAWorkerLoadsTheQueuesLimitCountsAndNotTheHoldingLimit() {
        CoreWorld world = world().on(loading("w")).submit(request(1)).submit(request(2));
        assertThat(world.toGateway(ToGateway.Accepted.class)).hasSize(1);
        assertThat(world.core.gauges().workersLoading()).isEqualTo(1);
        assertThat(world.core.gauges().demand()).isEqualTo(2);
        world.submit(request(3));
        assertThat(world.submit(request(4)).rejection())
                .returns(Reason.QUEUE_REQUESTS_FULL, Rejection::reason)
                .returns("queueRequestsMax", Rejection::limitName);
    }

    @Test
    void whatIsHeldOutlastsTheHoldingTimeWhileAWorkerLoads() {
        CoreWorld world = world().submit(request(1).timeout(1_000 * SECOND));
        load(world, HELD_NANOS + 5 * SECOND);
        assertThat(world.core.gauges().queueRequests()).isEqualTo(1);
        assertThat(world.join("w", 1, 100).boarded()).containsExactly("w:1");
        assertThat(world.core.gauges().workersLoading()).isZero();
    }

    @Test
    void whoFallsSilentIsForgottenAndTheHoldingTimeBegins() {
        CoreWorld world = world().submit(request(1).timeout(1_000 * SECOND));
        load(world, 20 * SECOND);
        world.timePasses(20 * SECOND + SILENT_NANOS - 1);
        assertThat(world.core.gauges().workersLoading()).isEqualTo(1);
        world.timePasses(20 * SECOND + SILENT_NANOS);
        assertThat(world.core.gauges().workersLoading()).isZero();
        assertThat(world.core.nextDueNanos()).isEqualTo(20 * SECOND + SILENT_NANOS + HELD_NANOS);
        world.timePasses(20 * SECOND + SILENT_NANOS + HELD_NANOS);
        assertThat(world.rejection())
                .returns(Reason.NO_WORKER, Rejection::reason)
                .returns("heldNanosMax", Rejection::limitName);
    }

    @Test
    void whoseLoadingFailedIsNotCountedOn() {
        CoreWorld world = world().on(loading("w")).leave("w");
        assertThat(world.core.gauges().workersLoading()).isZero();
        world.submit(request(1));
        assertThat(world.submit(request(2)).rejection().limitName()).isEqualTo("heldRequestsMax");
    }

    @Test
    void whoLoadsForTooLongIsNotBelievedHoweverOftenItSaysSo() {
        CoreWorld world = world();
        load(world, LOADING_NANOS - 1);
        assertThat(world.core.gauges().workersLoading()).isEqualTo(1);
        load(world, LOADING_NANOS + 30 * SECOND);
        assertThat(world.core.gauges().workersLoading()).isZero();
        assertThat(world.submit(request(1)).submit(request(2)).rejection().reason())
                .isEqualTo(Reason.NO_WORKER);
    }

    @Test
    void anAnnouncementOfAWorkerThatIsHereIsNothing() {
        CoreWorld world = world().join("w", 1, 100).on(loading("w"));
        assertThat(world.core.gauges().workersLoading()).isZero();
    }

    @Test
    void noMoreAreRememberedThanMayBeWorkers() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults().withMemory(new SchedulerLimits.Memory(2, 10, 10)));
        world.on(loading("a")).on(loading("b"));
        assertThat(world.core.gauges().workersLoading()).isEqualTo(2);
        CoreWorld full = new CoreWorld(SchedulerLimits.defaults().withMemory(new SchedulerLimits.Memory(1, 10, 10)));
        full.on(loading("a"));
        assertThat(full.core.gauges().workersLoading()).isEqualTo(1);
    }
}
