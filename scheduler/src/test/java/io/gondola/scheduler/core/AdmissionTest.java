package io.gondola.scheduler.core;

import static io.gondola.scheduler.core.RequestBuilder.SECOND;
import static io.gondola.scheduler.core.RequestBuilder.ref;
import static io.gondola.scheduler.core.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.Rejection;
import io.gondola.protocol.Rejection.Reason;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    private static final SchedulerLimits LIMITS = SchedulerLimits.defaults()
            .withQueue(new SchedulerLimits.Queue(3, 100, 4, 2, 50))
            .withHolding(new SchedulerLimits.Holding(2, 60 * SECOND))
            .withRetryAfter(new SchedulerLimits.RetryAfter(1_000, 60_000, 5_000, 30 * SECOND, 0));

    /** One slot, taken. */
    private static CoreWorld busyWorld() {
        CoreWorld world = new CoreWorld(LIMITS).join("w", 1, 1_000);
        return world.submit(request(1).tokens(50, 50));
    }

    @Test
    void aRequestIsAcceptedBeforeItBoards() {
        CoreWorld world = busyWorld();
        assertThat(world.effects.get(0))
                .isEqualTo(new Effect.TellGateway("gw", new ToGateway.Accepted(CoreWorld.EPOCH, List.of(ref(1, 0)))));
        assertThat(world.boarded()).containsExactly("w:1");
    }

    @Test
    void theQueueIsBoundedInRequests() {
        CoreWorld world = busyWorld().submit(request(2), request(3), request(4));
        assertThat(world.toGateway(ToGateway.Accepted.class)).hasSize(1);
        Rejection rejection = world.submit(request(5)).rejection();
        assertThat(rejection.reason()).isEqualTo(Reason.QUEUE_REQUESTS_FULL);
        assertThat(rejection.limitName()).isEqualTo("queueRequestsMax");
        assertThat(rejection.limitValue()).isEqualTo(3);
        assertThat(rejection.retryAfterMillis()).isBetween(5_000L, 5_500L);
    }

    @Test
    void theQueueIsBoundedInTokens() {
        CoreWorld world = busyWorld().submit(request(2).tokens(90, 1));
        Rejection rejection = world.submit(request(3).tokens(11, 1)).rejection();
        assertThat(rejection.reason()).isEqualTo(Reason.QUEUE_TOKENS_FULL);
        assertThat(rejection.limitName()).isEqualTo("queueTokensMax");
        assertThat(rejection.limitValue()).isEqualTo(100);
        world.submit(request(4).tokens(10, 1));
        assertThat(world.toGateway(ToGateway.Accepted.class)).hasSize(1);
    }

    @Test
    void theGenerationsOfASubmitShareTheirFate() {
        CoreWorld world = busyWorld().submit(request(2), request(3));
        world.submit(request(4), request(5));
        assertThat(world.toGateway(ToGateway.Rejected.class))
                .singleElement()
                .satisfies(rejected -> assertThat(rejected.refs()).containsExactly(ref(4, 0), ref(5, 0)));
        assertThat(world.core.gauges().queueRequests()).isEqualTo(2);
    }

    @Test
    void tryingAgainIsPointlessWhenMoreThanAWholeLimitIsAsked() {
        CoreWorld world = new CoreWorld(LIMITS).join("w", 8, 1_000);
        assertThat(world.submit(request(1), request(2), request(3), request(4)).rejection())
                .isEqualTo(new Rejection(Reason.TOO_LARGE, "queueRequestsMax", 3, 0));
        assertThat(world.submit(request(5).tokens(101, 1)).rejection())
                .isEqualTo(new Rejection(Reason.TOO_LARGE, "queueTokensMax", 100, 0));
        world.submit(request(11), request(12), request(13), request(14), request(15));
        assertThat(world.rejection()).isEqualTo(new Rejection(Reason.TOO_LARGE, "generationsPerSubmitMax", 4, 0));
    }

    @Test
    void laterAttemptsMayExceedTheQueueWithinTheirOwnBound() {
        CoreWorld world = busyWorld().submit(request(2), request(3), request(4));
        world.submit(request(5).attempt(1), request(6).attempt(1));
        assertThat(world.toGateway(ToGateway.Accepted.class)).hasSize(1);
        assertThat(world.submit(request(7).attempt(1)).rejection().reason()).isEqualTo(Reason.QUEUE_REQUESTS_FULL);
    }

    @Test
    void retryAfterIsBacklogByMeasuredDrainRate() {
        CoreWorld world =
                busyWorld().submit(request(2).tokens(10, 190), request(3).tokens(10, 290), request(4));
        // 100 KV tokens came back in 10 s: 10 a second.
        world.at(10 * SECOND).finish("w", ref(1, 0));
        world.submit(request(5).tokens(10, 190));
        assertThat(world.boarded()).isEmpty();
        long backlogTokens = 300 + 20 + 200;
        assertThat(world.submit(request(6)).rejection().retryAfterMillis())
                .isBetween(backlogTokens * 100, backlogTokens * 110);
    }

    @Test
    void whatCannotMakeItsDeadlineIsRefusedAtOnce() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults()
                        .withRetryAfter(new SchedulerLimits.RetryAfter(1_000, 60_000, 5_000, 30 * SECOND, 100)))
                .join("w", 1, 1_000)
                .submit(
                        request(1).tokens(50, 50),
                        request(2).tokens(50, 50),
                        request(3).tokens(50, 50));
        // 100 KV tokens in 10 s: request 3 is 10 s away from its turn, and the next of the tenant 20 s.
        world.at(10 * SECOND).finish("w", ref(1, 0)).submit(request(4).tokens(50, 50));
        Rejection rejection = world.submit(request(6).timeout(19 * SECOND).of(RequestClass.BATCH))
                .rejection();
        assertThat(rejection.reason()).isEqualTo(Reason.CANNOT_MAKE_DEADLINE);
        assertThat(rejection.limitName()).isEqualTo("timeoutMillis");
        assertThat(rejection.limitValue()).isEqualTo(19_000);
        assertThat(rejection.estimatedWaitMillis()).isEqualTo(20_000);
        assertThat(rejection.retryAfterMillis()).isBetween(20_000L, 22_000L);
        world.submit(request(7).timeout(19 * SECOND).of(RequestClass.INTERACTIVE));
        assertThat(world.toGateway(ToGateway.Accepted.class))
                .as("nobody is before it")
                .hasSize(1);
        world.submit(request(8).timeout(19 * SECOND));
        assertThat(world.toGateway(ToGateway.Accepted.class))
                .as("the earliest deadline goes first")
                .hasSize(1);
        world.submit(request(9).attempt(1).timeout(19 * SECOND).of(RequestClass.BATCH));
        assertThat(world.toGateway(ToGateway.Accepted.class))
                .as("it has begun already")
                .hasSize(1);
    }

    @Test
    void nobodyIsHopelessBeforeAsMuchCameBackAsIsAboard() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults()).join("w", 10, 1_000);
        for (long id = 1; id <= 20; id++) {
            world.submit(request(id).tokens(50, 50).timeout(40 * SECOND));
        }
        // Ten run side by side, 50 s each but for a short one: by that alone the ten that wait would take 90 s.
        world.at(10 * SECOND).finish("w", ref(1, 0));
        world.submit(request(21).timeout(40 * SECOND).of(RequestClass.BATCH));
        assertThat(world.toGateway(ToGateway.Accepted.class)).hasSize(1);
        for (long id = 2; id <= 10; id++) {
            world.at((10 + id) * SECOND).finish("w", ref(id, 0));
        }
        world.submit(request(22).timeout(SECOND).of(RequestClass.BATCH));
        assertThat(world.toGateway(ToGateway.Rejected.class)).isEmpty();
        world.submit(request(23).tokens(500, 500).tenant("large"));
        world.submit(request(24).timeout(SECOND).of(RequestClass.BATCH));
        assertThat(world.rejection().reason()).isEqualTo(Reason.CANNOT_MAKE_DEADLINE);
    }

    @Test
    void retryAfterIsClamped() {
        CoreWorld fast = busyWorld().submit(request(2), request(3), request(4));
        fast.at(1).finish("w", ref(1, 0)).submit(request(5));
        assertThat(fast.submit(request(6)).rejection().retryAfterMillis()).isBetween(1_000L, 1_100L);
        CoreWorld slow = busyWorld().submit(request(2), request(3), request(4));
        slow.at(3_000 * SECOND).finish("w", ref(1, 0)).submit(request(5));
        assertThat(slow.submit(request(6)).rejection().retryAfterMillis()).isBetween(54_000L, 60_000L);
        Set<Long> told = new HashSet<>();
        for (long id = 100; id < 140; id++) {
            told.add(slow.submit(request(id)).rejection().retryAfterMillis());
        }
        assertThat(told).as("those refused together come back apart").hasSizeGreaterThan(20);
        assertThat(told).allMatch(millis -> millis <= 60_000);
    }

    private static CoreWorld busyWorld(Quotas quotas) {
        return new CoreWorld(SchedulerLimits.defaults().withQuotas(quotas))
                .join("w", 1, 1_000)
                .submit(request(1).tokens(50, 50));
    }

    @Test
    void aClassHasItsOwnBoundsAndLeavesRoomToTheOthers() {
        CoreWorld world = busyWorld(Quotas.none().with(RequestClass.BATCH, new Quotas.Quota(2, 100)));
        world.submit(request(2).tokens(90, 1).of(RequestClass.BATCH));
        assertThat(world.submit(request(3).tokens(11, 1).of(RequestClass.BATCH)).rejection())
                .returns(Reason.QUEUE_TOKENS_FULL, Rejection::reason)
                .returns("batchTokensMax", Rejection::limitName)
                .returns(100L, Rejection::limitValue);
        world.submit(request(4).tokens(10, 1).of(RequestClass.BATCH));
        assertThat(world.submit(request(5).tokens(1, 1).of(RequestClass.BATCH)).rejection())
                .returns(Reason.QUEUE_REQUESTS_FULL, Rejection::reason)
                .returns("batchRequestsMax", Rejection::limitName)
                .returns(2L, Rejection::limitValue);
        world.submit(request(6).tokens(200, 1));
        assertThat(world.toGateway(ToGateway.Accepted.class)).hasSize(1);
        world.cancel(ref(4, 0)).submit(request(7).tokens(10, 1).of(RequestClass.BATCH));
        assertThat(world.toGateway(ToGateway.Accepted.class)).as("room again").hasSize(1);
        assertThat(world.submit(request(8).tokens(101, 1).of(RequestClass.BATCH))
                        .rejection())
                .isEqualTo(new Rejection(Reason.TOO_LARGE, "batchTokensMax", 100, 0));
    }

    @Test
    void aTenantHasOneBoundOverAllClasses() {
        CoreWorld world = busyWorld(Quotas.none().withTenant(new Quotas.Quota(2, 1_000)));
        world.submit(request(2).tenant("a").of(RequestClass.BATCH))
                .submit(request(3).tenant("a"));
        assertThat(world.submit(request(4).tenant("a").of(RequestClass.INTERACTIVE))
                        .rejection())
                .returns(Reason.QUEUE_REQUESTS_FULL, Rejection::reason)
                .returns("tenantRequestsMax", Rejection::limitName)
                .returns(2L, Rejection::limitValue)
                .returns(0L, Rejection::estimatedWaitMillis);
        world.submit(request(5).tenant("b"));
        assertThat(world.toGateway(ToGateway.Accepted.class)).hasSize(1);
        world.submit(request(6).tenant("a").attempt(1));
        assertThat(world.toGateway(ToGateway.Accepted.class))
                .as("it has begun already")
                .hasSize(1);
        world.at(10 * SECOND).finish("w", ref(1, 0));
        assertThat(world.submit(request(7).tenant("a").of(RequestClass.INTERACTIVE))
                        .rejection()
                        .estimatedWaitMillis())
                .as("what of the tenant waits, by the rate at which tokens came back")
                .isPositive();
    }

    @Test
    void whatNoWorkerCouldServeIsTooLarge() {
        CoreWorld world = new CoreWorld(LIMITS).join("small", 4, 100).join("narrow", 2, 500, 150);
        assertThat(world.submit(request(1).tokens(50, 451)).rejection())
                .isEqualTo(new Rejection(Reason.TOO_LARGE, "contextTokensMax", 500, 0));
        assertThat(world.submit(request(2).tokens(50, 101)).rejection())
                .isEqualTo(new Rejection(Reason.TOO_LARGE, "kvTokensMax", 150, 0));
        assertThat(world.submit(request(3).tokens(50, 100)).boarded()).containsExactly("narrow:3");
    }

    @Test
    void withoutAWorkerARequestIsHeldWithinItsOwnLimits() {
        CoreWorld world = new CoreWorld(LIMITS).submit(request(1), request(2));
        assertThat(world.toGateway(ToGateway.Accepted.class)).hasSize(1);
        Rejection rejection = world.submit(request(3)).rejection();
        assertThat(rejection.reason()).isEqualTo(Reason.NO_WORKER);
        assertThat(rejection.limitName()).isEqualTo("heldRequestsMax");
        assertThat(rejection.limitValue()).isEqualTo(2);
        assertThat(rejection.retryAfterMillis()).isPositive();
        assertThat(world.core.gauges().demand()).isEqualTo(2);
        assertThat(world.join("w", 2, 100).boarded()).containsExactly("w:1", "w:2");
    }

    @Test
    void whoIsHeldTooLongHearsNoWorker() {
        CoreWorld world = new CoreWorld(LIMITS).submit(request(1));
        assertThat(world.core.nextDueNanos()).isEqualTo(60 * SECOND);
        world.at(10 * SECOND).submit(request(2));
        world.timePasses(60 * SECOND - 1);
        assertThat(world.effects).isEmpty();
        world.timePasses(60 * SECOND);
        assertThat(world.rejection().reason()).isEqualTo(Reason.NO_WORKER);
        assertThat(world.rejection().limitName()).isEqualTo("heldNanosMax");
        assertThat(world.core.nextDueNanos()).isEqualTo(70 * SECOND);
    }

    @Test
    void theHoldLimitCountsFromTheLossOfTheLastWorker() {
        CoreWorld world = busyWorld().submit(request(2));
        world.at(1_000 * SECOND).leave("w");
        assertThat(world.toGateway(ToGateway.AttemptLost.class)).hasSize(1);
        assertThat(world.core.nextDueNanos()).isEqualTo(1_060 * SECOND);
    }

    @Test
    void holdingCanBeOff() {
        CoreWorld world =
                new CoreWorld(LIMITS.withHolding(new SchedulerLimits.Holding(0, 60 * SECOND))).submit(request(1));
        assertThat(world.rejection().reason()).isEqualTo(Reason.NO_WORKER);
    }

    /** Two of four may be held. */
    private static CoreWorld busyWorldOfFour() {
        CoreWorld world = new CoreWorld(LIMITS.withQueue(new SchedulerLimits.Queue(4, 1_000, 4, 2, 50)))
                .join("w", 1, 1_000)
                .submit(request(1));
        for (int i = 2; i <= 5; i++) {
            world.submit(request(i));
        }
        return world;
    }

    @Test
    void whenTheLastWorkerGoesAsManyWaitOnAsMayBeHeld() {
        CoreWorld world = busyWorldOfFour();
        world.leave("w");
        assertThat(world.toGateway(ToGateway.AttemptLost.class)).hasSize(1);
        assertThat(world.toGateway(ToGateway.Rejected.class))
                .extracting(ToGateway.Rejected::refs)
                .as("the newest")
                .containsExactly(List.of(ref(4, 0)), List.of(ref(5, 0)));
        assertThat(world.toGateway(ToGateway.Rejected.class))
                .extracting(rejected -> rejected.rejection().limitName())
                .containsOnly("heldRequestsMax");
        assertThat(world.submit(request(1).attempt(1)).toGateway(ToGateway.Accepted.class))
                .as("what has begun goes on")
                .hasSize(1);
        assertThat(world.join("other", 3, 100).boarded()).containsExactly("other:2", "other:3", "other:1");
    }

    @Test
    void whileAnotherWorkerIsOnItsWayAllWaitOn() {
        CoreWorld world = busyWorldOfFour();
        world.on(new ToScheduler.WorkerLoading("next", RequestBuilder.MODEL, 0, 0))
                .leave("w");
        assertThat(world.toGateway(ToGateway.Rejected.class)).isEmpty();
        world.leave("next");
        assertThat(world.toGateway(ToGateway.Rejected.class)).hasSize(2);
    }

    @Test
    void aHeldRequestThatTheFirstWorkerCannotServeIsTooLarge() {
        CoreWorld world = new CoreWorld(LIMITS).submit(request(1).tokens(50, 60), request(2));
        world.join("w", 2, 100);
        assertThat(world.rejection()).isEqualTo(new Rejection(Reason.TOO_LARGE, "contextTokensMax", 100, 0));
        assertThat(world.boarded()).containsExactly("w:2");
    }

    @Test
    void aRequestWithoutTimeIsRejectedAtTheDoor() {
        CoreWorld world = busyWorld().submit(request(2).timeout(0));
        assertThat(world.rejection().reason()).isEqualTo(Reason.DEADLINE);
    }

    @Test
    void anEmptySubmitIsNothing() {
        assertThat(busyWorld().submit().effects).isEmpty();
    }

    @Test
    void everyGatewayConcernedIsTold() {
        CoreWorld world = busyWorld().submit(request(2).gateway("a"), request(3).gateway("b"));
        assertThat(world.effects)
                .containsExactly(
                        new Effect.TellGateway("a", new ToGateway.Accepted(CoreWorld.EPOCH, List.of(ref(2, 0)))),
                        new Effect.TellGateway("b", new ToGateway.Accepted(CoreWorld.EPOCH, List.of(ref(3, 0)))));
    }
}
