package io.gondola.scheduler.core;

import static io.gondola.scheduler.core.RequestBuilder.ref;
import static io.gondola.scheduler.core.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.Rejection;
import io.gondola.protocol.Rejection.Reason;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.scheduler.presence.PresenceLimits;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A new owner of a queue, which does not know its workers yet, and is told what the owner before it had let in. */
class OwnerChangeTest {

    private static final long SECOND = 1_000_000_000L;

    private static CoreWorld young(int heldRequestsMax, long heldNanosMax) {
        SchedulerLimits limits = SchedulerLimits.defaults()
                .withQueue(new SchedulerLimits.Queue(2, 1_000, 4, 1, 1_000))
                .withHolding(new SchedulerLimits.Holding(heldRequestsMax, heldNanosMax));
        return new CoreWorld(limits, PresenceLimits.standard());
    }

    private static CoreWorld submitAdmitted(CoreWorld world, int id) {
        return world.on(new ToScheduler.Submit(List.of(request(id).build()), true));
    }

    private static CoreWorld untilItIsOld(CoreWorld world) {
        for (int i = 1; i < 4; i++) {
            world.timePasses(i * SECOND / 2);
            assertThat(world.toGateway(ToGateway.Rejected.class)).isEmpty();
        }
        return world.timePasses(2 * SECOND);
    }

    @Test
    void noLimitRefusesWhatTheOwnerBeforeLetIn() {
        CoreWorld world = young(0, 0).workersPresent("w");
        for (int id = 1; id <= 4; id++) {
            submitAdmitted(world, id);
            assertThat(world.toGateway(ToGateway.Accepted.class)).as("%d", id).hasSize(1);
        }
        Rejection rejection = world.submit(request(5)).rejection();
        assertThat(rejection.limitName()).as("others come within the limits").isEqualTo("queueRequestsMax");
        assertThat(world.join("w", 4, 1_000).boarded()).containsExactly("w:1", "w:2", "w:3", "w:4");
    }

    @Test
    void whatWasLetInAndIsLateIsRefusedAllTheSame() {
        CoreWorld world = young(4, SECOND);
        world.on(new ToScheduler.Submit(List.of(request(1).timeout(0).build()), true));
        assertThat(world.rejection().reason()).isEqualTo(Reason.DEADLINE);
    }

    @Test
    void aWorkerThatIsThereAndNotHeardYetCountsAsComing() {
        CoreWorld world = young(0, 0).workersPresent("w").submit(request(1));
        assertThat(world.toGateway(ToGateway.Accepted.class)).hasSize(1);
        world.timePasses(SECOND / 2);
        assertThat(world.toGateway(ToGateway.Rejected.class)).isEmpty();
        assertThat(world.join("w", 1, 1_000).boarded()).containsExactly("w:1");
    }

    @Test
    void whereNoWorkerIsTheLimitsHoldAtOnce() {
        CoreWorld world = young(0, SECOND).workersPresent().submit(request(1));
        assertThat(world.rejection().limitName()).isEqualTo("heldRequestsMax");
    }

    @Test
    void anOwnerOldEnoughToHaveHeardAllHoldsAsManyAsItMay() {
        CoreWorld world = young(1, 60 * SECOND).workersPresent("dead");
        submitAdmitted(submitAdmitted(world, 1), 2);
        untilItIsOld(world);
        assertThat(world.toGateway(ToGateway.Rejected.class))
                .extracting(ToGateway.Rejected::refs)
                .containsExactly(List.of(ref(2, 0)));
        assertThat(world.rejection().limitName()).isEqualTo("heldRequestsMax");
    }

    @Test
    void theTimeThatRequestsAreHeldEndsNobodyBeforeAllAreHeard() {
        CoreWorld world = young(2, SECOND / 10).workersPresent("dead").submit(request(1));
        untilItIsOld(world);
        assertThat(world.rejection().limitName()).isEqualTo("heldNanosMax");
    }

    @Test
    void aRequestIsNotTooLargeForWorkersThatWereNotHeardYet() {
        CoreWorld world = young(2, SECOND).workersPresent("small", "large");
        world.submit(request(1).tokens(50, 451)).join("small", 1, 100);
        assertThat(world.toGateway(ToGateway.Rejected.class)).isEmpty();
        assertThat(world.submit(request(2).tokens(50, 451)).toGateway(ToGateway.Accepted.class))
                .hasSize(1);
        assertThat(world.join("large", 2, 1_000).boarded()).containsExactly("large:1", "large:2");
    }

    @Test
    void aRequestIsTooLargeOnceAllAreHeard() {
        CoreWorld world = young(2, SECOND).workersPresent("small", "large");
        world.submit(request(1).tokens(50, 451)).join("small", 1, 100).workersPresent("small");
        world.timePasses(SECOND / 2);
        assertThat(world.rejection().reason()).isEqualTo(Reason.TOO_LARGE);
    }
}
