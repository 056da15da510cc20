package io.gondola.scheduler.inference;

import static io.gondola.scheduler.inference.BatchingWorld.batching;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.inference.ToInferenceScheduler;
import org.junit.jupiter.api.Test;

/** Clients that leave: the scenarios of Triton's {@code L0_request_cancellation} that apply. */
class CancellationTest {

    private final BatchingWorld world = new BatchingWorld();

    private long ends(InferenceEffect.End end) {
        return world.effects.stream()
                .filter(effect -> effect instanceof InferenceEffect.Ended ended && ended.end() == end)
                .count();
    }

    @Test
    void whatIsCancelledInTheQueueIsNeverRun() {
        world.worker("w", batching(8)).submit(1, 2, 3, 4);
        world.cancel(3);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(2L, 4L);
        assertThat(ends(InferenceEffect.End.CANCELLED)).isOne();
        assertThat(world.refusals).isEmpty();
    }

    @Test
    void itsPlaceInTheQueueIsFreeAtOnce() {
        BatchingWorld small = new BatchingWorld(InferenceLimits.defaults().withQueueMax(1, 1_000));
        small.worker("w", batching(8)).submit(1, 2);
        small.cancel(2);
        small.submit(3);
        assertThat(small.refusals).isEmpty();
    }

    @Test
    void whatIsCancelledWhileItRunsEndsWithItsBatch() {
        world.worker("w", batching(8)).submit(1);
        world.cancel(1);
        assertThat(ends(InferenceEffect.End.CANCELLED)).isZero();
        world.finish(world.lastRun());
        assertThat(ends(InferenceEffect.End.DONE)).isOne();
    }

    @Test
    void whatIsCancelledWhileItRunsIsNotRunAgainElsewhere() {
        world.worker("w", batching(8)).worker("v", batching(8)).submit(1);
        String first = world.lastRun().workerId();
        world.cancel(1);
        world.takeRuns();
        world.tell(new ToInferenceScheduler.WorkerGone(first));
        assertThat(world.runs).isEmpty();
        assertThat(ends(InferenceEffect.End.CANCELLED)).isOne();
    }

    @Test
    void aCancellationThatComesTooLateOrTwiceChangesNothing() {
        world.worker("w", batching(8)).submit(1, 2);
        world.cancel(2);
        world.cancel(2);
        world.cancel(99);
        world.finish(world.lastRun());
        world.cancel(1);
        assertThat(ends(InferenceEffect.End.DONE)).isOne();
        assertThat(ends(InferenceEffect.End.CANCELLED)).isOne();
    }
}
