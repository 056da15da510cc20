package io.gondola.scheduler.inference;

import static io.gondola.scheduler.inference.BatchingWorld.batching;
import static io.gondola.scheduler.inference.BatchingWorld.withPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.Rejection.Reason;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.BatchingSettings;
import io.gondola.protocol.inference.QueuePolicy;
import io.gondola.protocol.inference.QueuePolicy.TimeoutAction;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long and how many may wait: the scenarios of Triton's {@code L0_model_queue} that apply, and our own limits. */
class QueuePolicyTest {

    private static final long MILLI = BatchingWorld.MILLI;

    private static BatchingSettings batchingWith(QueuePolicy policy) {
        return withPolicy(batching(8), policy);
    }

    @Test
    void aFullQueueRefusesAndNamesItsLimit() {
        BatchingWorld world = new BatchingWorld();
        world.worker("w", batchingWith(new QueuePolicy(2, TimeoutAction.REJECT, 0, false)));
        world.submit(1, 2, 3, 4);
        assertThat(world.refusals).singleElement().satisfies(refusal -> {
            assertThat(refusal.number()).isEqualTo(4);
            assertThat(refusal.rejection().reason()).isEqualTo(Reason.QUEUE_REQUESTS_FULL);
            assertThat(refusal.rejection().limitName()).isEqualTo("max_queue_size");
            assertThat(refusal.rejection().limitValue()).isEqualTo(2);
            assertThat(refusal.rejection().retryAfterMillis()).isPositive();
        });
        world.finish(world.lastRun());
        world.submit(5);
        assertThat(world.refusals).hasSize(1);
    }

    @Test
    void everyClassHasItsOwnQueueSize() {
        BatchingWorld world = new BatchingWorld();
        world.worker("w", batchingWith(new QueuePolicy(1, TimeoutAction.REJECT, 0, false)));
        world.submit(1, 2);
        world.ask(3).ofClass(RequestClass.INTERACTIVE).submit();
        assertThat(world.refusals).isEmpty();
        world.ask(4).ofClass(RequestClass.INTERACTIVE).submit();
        assertThat(world.refusals).hasSize(1);
    }

    @Test
    void requestsAndBytesOfAVersionAreBounded() {
        BatchingWorld world = new BatchingWorld(InferenceLimits.defaults().withQueueMax(3, 100));
        world.worker("w", batching(64)).submit(1, 2, 3, 4, 5);
        assertThat(world.refusals)
                .extracting(refusal -> refusal.rejection().limitName())
                .containsExactly("queueRequestsMax");
        world.finish(world.lastRun());
        world.ask(6).rows(13).submit();
        world.ask(7).rows(13).submit();
        world.ask(8).rows(26).submit();
        assertThat(world.refusals)
                .extracting(refusal -> refusal.rejection().reason())
                .containsExactly(Reason.QUEUE_REQUESTS_FULL, Reason.QUEUE_BYTES_FULL, Reason.TOO_LARGE);
    }

    @Test
    void whatWaitedTooLongIsRejected() {
        BatchingWorld world = new BatchingWorld();
        world.worker("w", batchingWith(new QueuePolicy(0, TimeoutAction.REJECT, 10 * MILLI, false)));
        world.submit(1, 2);
        world.passMillis(9);
        world.submit(3);
        assertThat(world.refusals).isEmpty();
        world.passMillis(1);
        assertThat(world.refusals).singleElement().satisfies(refusal -> {
            assertThat(refusal.number()).isEqualTo(2);
            assertThat(refusal.rejection().reason()).isEqualTo(Reason.QUEUE_TIMEOUT);
        });
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(3L);
    }

    @Test
    void whatWaitedTooLongIsDelayedBehindThoseInTime() {
        BatchingWorld world = new BatchingWorld();
        world.worker("w", withPolicy(batching(2), new QueuePolicy(0, TimeoutAction.DELAY, 10 * MILLI, false)));
        world.submit(1, 2, 3);
        world.passMillis(10);
        world.submit(4, 5);
        world.finish(world.lastRun());
        assertThat(world.refusals).isEmpty();
        assertThat(world.lastRun().numbers()).containsExactly(4L, 5L);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers())
                .as("late, and served all the same")
                .containsExactly(2L, 3L);
    }

    @Test
    void whatIsDelayedStillGoesBeforeALowerClass() {
        BatchingWorld world = new BatchingWorld();
        world.worker("w", withPolicy(batching(1), new QueuePolicy(0, TimeoutAction.DELAY, 10 * MILLI, false)));
        world.submit(1, 2);
        world.passMillis(10);
        world.ask(3).ofClass(RequestClass.BATCH).submit();
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(2L);
    }

    @Test
    void aRequestMayShortenItsTimeWhereThePolicyLetsIt() {
        BatchingWorld world = new BatchingWorld();
        world.worker("w", batchingWith(new QueuePolicy(0, TimeoutAction.REJECT, 20 * MILLI, true)));
        world.submit(1);
        world.ask(2).queueTimeoutMillis(5).submit();
        world.ask(3).queueTimeoutMillis(50).submit();
        world.passMillis(5);
        assertThat(world.refusals).extracting(BatchingWorld.Refusal::number).containsExactly(2L);
        world.passMillis(15);
        assertThat(world.refusals).extracting(BatchingWorld.Refusal::number).containsExactly(2L, 3L);
    }

    @Test
    void aRequestMayNameATimeWhereThePolicyHasNone() {
        BatchingWorld world = new BatchingWorld();
        world.worker("w", batchingWith(new QueuePolicy(0, TimeoutAction.REJECT, 0, true)));
        world.submit(1);
        world.ask(2).queueTimeoutMillis(5).submit();
        world.submit(3);
        world.passMillis(1_000);
        assertThat(world.refusals).extracting(BatchingWorld.Refusal::number).containsExactly(2L);
    }

    @Test
    void aRequestMayNotChangeItsTimeWhereThePolicySaysNo() {
        BatchingWorld world = new BatchingWorld();
        world.worker("w", batchingWith(new QueuePolicy(0, TimeoutAction.REJECT, 20 * MILLI, false)));
        world.submit(1);
        world.ask(2).queueTimeoutMillis(5).submit();
        world.passMillis(19);
        assertThat(world.refusals).isEmpty();
        world.passMillis(1);
        assertThat(world.refusals).hasSize(1);
    }

    @Test
    void theDeadlineHoldsWhateverThePolicy() {
        BatchingWorld world = new BatchingWorld();
        world.worker("w", withPolicy(batching(8), new QueuePolicy(0, TimeoutAction.DELAY, 10 * MILLI, false)));
        world.submit(1);
        world.ask(2).timeoutMillis(30).submit();
        world.ask(3).timeoutMillis(0).submit();
        world.passMillis(30);
        assertThat(world.refusals)
                .extracting(refusal -> refusal.rejection().reason())
                .containsExactly(Reason.DEADLINE, Reason.DEADLINE);
        assertThat(world.refusals).extracting(BatchingWorld.Refusal::number).containsExactly(3L, 2L);
    }

    @Test
    void anEarlierDeadlineGoesFirst() {
        BatchingWorld world = new BatchingWorld();
        world.worker("w", batching(1)).submit(1);
        world.ask(2).timeoutMillis(1_000).submit();
        world.ask(3).timeoutMillis(100).submit();
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(3L);
    }

    @Test
    void theWaitThatIsToldIsMeasured() {
        BatchingWorld world = new BatchingWorld();
        world.worker("w", withPolicy(batching(1), new QueuePolicy(20, TimeoutAction.REJECT, 0, false)));
        world.submit(0);
        world.passMillis(200);
        world.finish(world.lastRun());
        for (int number = 1; number <= 22; number++) {
            world.submit(number);
        }
        assertThat(world.refusals).singleElement().satisfies(refusal -> {
            assertThat(refusal.rejection().estimatedWaitMillis()).isEqualTo(20 * 200);
            assertThat(refusal.rejection().retryAfterMillis()).isEqualTo(20 * 200);
        });
    }

    @Test
    void nobodyHasSuchAModel() {
        BatchingWorld world = new BatchingWorld();
        world.submit(1);
        world.worker("w", batching(8)).ask(2).version(7).submit();
        assertThat(world.refusals)
                .extracting(refusal -> refusal.rejection().reason())
                .isEqualTo(List.of(Reason.UNKNOWN_MODEL, Reason.UNKNOWN_MODEL));
    }
}
