package io.gondola.scheduler.inference;

import static io.gondola.scheduler.inference.BatchingWorld.batching;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.Rejection;
import io.gondola.protocol.Rejection.Reason;
import io.gondola.protocol.RequestClass;
import org.junit.jupiter.api.Test;

/** What one tenant and one class may have waiting, and who is told at once that its time will not do. */
class QuotaTest {

    private static BatchingWorld with(InferenceQuotas quotas) {
        return new BatchingWorld(InferenceLimits.defaults().withYoungNanos(0).withQuotas(quotas));
    }

    private static Rejection onlyRefusal(BatchingWorld world, long number) {
        assertThat(world.refusals).singleElement().satisfies(refusal -> assertThat(refusal.number())
                .isEqualTo(number));
        return world.refusals.get(0).rejection();
    }

    @Test
    void aTenantsQuotaIsItsOwn() {
        BatchingWorld world = with(new InferenceQuotas(100, 100, 100, 2));
        world.worker("a", batching(1)).submit(1);
        world.ask(2).tenant("greedy").submit();
        world.ask(3).tenant("greedy").ofClass(RequestClass.BATCH).submit();
        world.ask(4).tenant("greedy").ofClass(RequestClass.INTERACTIVE).submit();
        world.ask(5).tenant("modest").submit();
        Rejection rejection = onlyRefusal(world, 4);
        assertThat(rejection.reason()).isEqualTo(Reason.QUEUE_REQUESTS_FULL);
        assertThat(rejection.limitName()).isEqualTo("tenantRequestsMax");
        assertThat(rejection.limitValue()).isEqualTo(2);
        assertThat(rejection.retryAfterMillis()).isPositive();
    }

    @Test
    void whatLeavesTheQueueMakesRoom() {
        BatchingWorld world = with(new InferenceQuotas(100, 100, 100, 1));
        world.worker("a", batching(1)).submit(1);
        world.ask(2).tenant("t").submit();
        world.cancel(2);
        world.ask(3).tenant("t").submit();
        world.finish(world.lastRun());
        world.passMillis(5);
        world.ask(4).tenant("t").submit();
        assertThat(world.refusals).isEmpty();
    }

    @Test
    void aClassHasAQuota() {
        BatchingWorld world = with(new InferenceQuotas(100, 1, 100, 100));
        world.worker("a", batching(1)).submit(1, 2, 3);
        world.ask(4).ofClass(RequestClass.INTERACTIVE).submit();
        assertThat(onlyRefusal(world, 3).limitName()).isEqualTo("standardRequestsMax");
    }

    /** One batch of at most 2 rows took 100 ms, so 5 waiting of the same tenant take at least 200 ms. */
    private static BatchingWorld slow() {
        BatchingWorld world = with(InferenceQuotas.NONE);
        world.worker("a", batching(2)).submit(1);
        world.passMillis(100);
        world.finish(world.lastRun());
        world.passMillis(5);
        world.submit(2, 3, 4, 5, 6, 7);
        return world;
    }

    @Test
    void oneThatCannotMakeItsDeadlineIsToldAtOnce() {
        BatchingWorld world = slow();
        world.ask(8).timeoutMillis(150).submit();
        // It has the earlier deadline, so those of its tenant do not count.
        assertThat(world.refusals).isEmpty();
        world.ask(9).ofClass(RequestClass.BATCH).timeoutMillis(150).submit();
        Rejection rejection = onlyRefusal(world, 9);
        assertThat(rejection.reason()).isEqualTo(Reason.CANNOT_MAKE_DEADLINE);
        assertThat(rejection.limitName()).isEqualTo("timeoutMillis");
        assertThat(rejection.limitValue()).isEqualTo(150);
        assertThat(rejection.estimatedWaitMillis()).isGreaterThanOrEqualTo(200);
    }

    @Test
    void whoIsMoreUrgentOrHasTimeEnoughIsLetIn() {
        BatchingWorld world = slow();
        world.ask(8).ofClass(RequestClass.INTERACTIVE).timeoutMillis(150).submit();
        world.ask(9).ofClass(RequestClass.BATCH).timeoutMillis(5_000).submit();
        world.ask(10).tenant("another").timeoutMillis(150).submit();
        assertThat(world.refusals).isEmpty();
    }

    @Test
    void nothingIsEstimatedBeforeAnythingWasMeasured() {
        BatchingWorld world = with(InferenceQuotas.NONE);
        world.worker("a", batching(1)).submit(1, 2, 3, 4, 5);
        world.ask(6).ofClass(RequestClass.BATCH).timeoutMillis(1).submit();
        assertThat(world.refusals).isEmpty();
    }
}
