package io.gondola.scheduler.inference;

import static io.gondola.scheduler.inference.BatchingWorld.batching;
import static io.gondola.scheduler.inference.BatchingWorld.withInstances;
import static io.gondola.scheduler.inference.BatchingWorld.withPadding;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.Rejection.Reason;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.BatchingSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a batch goes and what is in it: the scenarios of Triton's {@code L0_batcher} that apply, and our own. */
class BatchingTest {

    private final BatchingWorld world = new BatchingWorld();

    @Test
    void anIdleWorkerWaitsForNobody() {
        world.worker("w", batching(8)).submit(1);
        assertThat(world.lastRun().numbers()).containsExactly(1L);
        assertThat(world.lastRun().atNanos()).isEqualTo(world.nowNanos());
        assertThat(world.lastRun().message().queueNanos()).containsExactly(0L);
    }

    @Test
    void anIdleWorkerWaitsForNoPreferredSizeEither() {
        world.worker("w", batching(8, 4)).submit(1);
        assertThat(world.takeRuns()).hasSize(1);
    }

    @Test
    void whatWaitsWhileTheWorkerIsBusyGoesTogetherInOrder() {
        world.worker("w", batching(8)).submit(1, 2, 3, 4);
        BatchingWorld.Run first = world.lastRun();
        world.passMillis(10);
        assertThat(world.takeRuns()).hasSize(1);
        world.finish(first);
        assertThat(world.lastRun().numbers()).containsExactly(2L, 3L, 4L);
        assertThat(world.lastRun().message().queueNanos()).containsOnly(10 * BatchingWorld.MILLI);
    }

    @Test
    void aBatchIsNeverLargerThanTheModelTakes() {
        world.worker("w", batching(3)).submit(1, 2, 3, 4, 5, 6, 7, 8);
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(2L, 3L, 4L);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(5L, 6L, 7L);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(8L);
    }

    @Test
    void aRequestMayBringABatchItself() {
        world.worker("w", batching(8)).submit(1);
        world.ask(2).rows(3).submit();
        world.ask(3).rows(4).submit();
        world.ask(4).rows(2).submit();
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(2L, 3L);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(4L);
    }

    @Test
    void aSmallerRequestDoesNotOvertakeTheOneThatDoesNotFit() {
        world.worker("w", batching(8)).submit(1);
        world.ask(2).rows(5).submit();
        world.ask(3).rows(5).submit();
        world.ask(4).rows(1).submit();
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(2L);
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(3L, 4L);
    }

    @Test
    void aRequestLargerThanABatchIsRefused() {
        world.worker("w", batching(8)).ask(1).rows(9).submit();
        assertThat(world.runs).isEmpty();
        assertThat(world.refusals).singleElement().satisfies(refusal -> {
            assertThat(refusal.rejection().reason()).isEqualTo(Reason.TOO_LARGE);
            assertThat(refusal.rejection().limitName()).isEqualTo("max_batch_size");
            assertThat(refusal.rejection().limitValue()).isEqualTo(8);
        });
    }

    @Test
    void aWorkerThatCameBackWaitsForAsManyAsItBrought() {
        world.worker("w", batching(8)).submit(1, 2, 3, 4);
        world.passMillis(5);
        world.finish(world.lastRun());
        world.passMillis(5);
        world.finish(world.lastRun());
        world.takeRuns();
        // All three whose results it brought ask again, within the delay.
        world.submit(12);
        world.passMillis(0.5);
        world.submit(13);
        assertThat(world.runs).isEmpty();
        world.submit(14);
        assertThat(world.lastRun().numbers()).containsExactly(12L, 13L, 14L);
    }

    @Test
    void aLoneClientNeverWaitsForCompany() {
        world.worker("w", batching(8));
        for (int number = 1; number <= 5; number++) {
            world.submit(number);
            assertThat(world.lastRun().numbers()).containsExactly((long) number);
            world.passMillis(3);
            world.finish(world.lastRun());
            world.passMillis(0.2);
        }
        assertThat(world.runs)
                .allSatisfy(run -> assertThat(run.message().queueNanos()).containsExactly(0L));
    }

    @Test
    void companyThatDoesNotComeIsWaitedForNoLongerThanTheDelay() {
        world.worker("w", batching(8)).submit(1, 2, 3);
        world.passMillis(5);
        world.finish(world.lastRun());
        world.passMillis(5);
        world.finish(world.lastRun());
        world.takeRuns();
        world.submit(11);
        world.passMillis(1.9);
        assertThat(world.runs).isEmpty();
        world.passMillis(0.1);
        assertThat(world.lastRun().numbers()).containsExactly(11L);
        assertThat(world.lastRun().message().queueNanos()).containsExactly(2 * BatchingWorld.MILLI);
    }

    @Test
    void withoutADelayAFreeWorkerIsIdle() {
        BatchingSettings eager =
                new BatchingSettings(8, new int[0], 0, 1, batching(8).queuePolicies(), List.of());
        world.worker("w", eager).submit(1, 2, 3);
        world.finish(world.lastRun());
        world.finish(world.lastRun());
        world.takeRuns();
        world.submit(11);
        assertThat(world.lastRun().numbers()).containsExactly(11L);
    }

    @Test
    void aPreferredSizeGoesWithoutTheDelay() {
        world.worker("w", batching(8, 2, 4)).submit(1, 2, 3, 4, 5, 6, 7, 8, 9);
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).as("four and eight are not eight").hasSize(4);
        world.passMillis(5);
        world.finish(world.lastRun());
        world.passMillis(5);
        world.finish(world.lastRun());
        world.takeRuns();
        // It brought four results; two are a preferred size already.
        world.submit(21);
        assertThat(world.runs).isEmpty();
        world.submit(22);
        assertThat(world.lastRun().numbers()).containsExactly(21L, 22L);
    }

    @Test
    void theLargestPreferredSizeIsTaken() {
        world.worker("w", batching(8, 2, 6)).submit(1, 2, 3, 4, 5, 6, 7, 8);
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(2L, 3L, 4L, 5L, 6L, 7L);
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(8L);
    }

    @Test
    void otherShapesGoApartAndKeepTheirOrder() {
        world.worker("w", batching(8)).submit(1);
        world.ask(2).width(4).submit();
        world.ask(3).width(5).submit();
        world.ask(4).width(4).submit();
        world.ask(5).width(5).submit();
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(2L, 4L);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(3L, 5L);
    }

    @Test
    void otherOutputsGoApart() {
        world.worker("w", batching(8)).submit(1);
        world.ask(2).outputs("a", "b").submit();
        world.ask(3).outputs("a").submit();
        world.ask(4).outputs("b", "a").submit();
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(2L, 4L);
    }

    @Test
    void whatTheModelPadsGoesTogether() {
        world.worker("w", withPadding(batching(8), "x")).submit(1);
        world.ask(2).width(4).submit();
        world.ask(3).width(5).submit();
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(2L, 3L);
    }

    @Test
    void whereTheFirstDimensionIsNoBatchEachGoesAlone() {
        world.worker("w", batching(0)).submit(1, 2);
        world.ask(3).rows(100).submit();
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(2L);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(3L);
    }

    @Test
    void aWorkerRunsAsManyBatchesAsItHasInstances() {
        world.worker("w", withInstances(batching(2), 2)).submit(1, 2, 3, 4, 5);
        assertThat(world.takeRuns()).extracting(BatchingWorld.Run::numbers).containsExactly(List.of(1L), List.of(2L));
        world.passMillis(5);
        assertThat(world.runs).isEmpty();
    }

    @Test
    void theWorkerThatHasBeenIdleForLongestIsNext() {
        world.worker("a", batching(2)).worker("b", batching(2)).submit(1, 2);
        List<BatchingWorld.Run> runs = world.takeRuns();
        assertThat(runs).extracting(BatchingWorld.Run::workerId).containsExactly("a", "b");
        world.passMillis(5);
        world.finish(runs.get(1));
        world.passMillis(5);
        world.finish(runs.get(0));
        world.passMillis(5);
        world.submit(3);
        assertThat(world.lastRun().workerId()).isEqualTo("b");
    }

    @Test
    void moreUrgentClassesGoFirst() {
        world.worker("w", batching(2)).submit(1);
        world.ask(2).ofClass(RequestClass.BATCH).submit();
        world.ask(3).ofClass(RequestClass.STANDARD).submit();
        world.ask(4).ofClass(RequestClass.INTERACTIVE).submit();
        world.ask(5).ofClass(RequestClass.INTERACTIVE).submit();
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(4L, 5L);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(3L, 2L);
    }

    @Test
    void aTenantWithManyRowsWaitsForOneWithFew() {
        world.worker("w", batching(4)).submit(1);
        for (int number = 2; number <= 9; number++) {
            world.ask(number).rows(2).tenant("many").submit();
        }
        world.ask(10).tenant("few").submit();
        world.passMillis(5);
        world.finish(world.lastRun());
        // Two rows for "many", then "few" was served least.
        assertThat(world.lastRun().numbers()).containsExactly(2L, 10L);
    }

    @Test
    void aTenantOfThreeTimesTheWeightGetsThreeTimesTheRows() {
        world.worker("w", batching(1)).submit(1);
        for (int number = 2; number <= 41; number++) {
            boolean isHeavy = number % 2 == 0;
            world.ask(number)
                    .tenant(isHeavy ? "heavy" : "light")
                    .weight(isHeavy ? 3 : 1)
                    .submit();
        }
        int heavy = 0;
        for (int departed = 0; departed < 20; departed++) {
            world.finish(world.lastRun());
            heavy += world.lastRun().numbers().get(0) % 2 == 0 ? 1 : 0;
        }
        assertThat(heavy).isEqualTo(15);
    }

    @Test
    void theOldestComesToItsTurnWhateverItsClass() {
        InferenceLimits limits = InferenceLimits.defaults();
        world.worker("w", batching(1)).submit(1);
        world.ask(2).ofClass(RequestClass.BATCH).submit();
        for (long waitedNanos = 0;
                waitedNanos < limits.order().agingNanos();
                waitedNanos += 1_000 * BatchingWorld.MILLI) {
            world.passMillis(1_000);
            world.alive("w", world.lastRun());
        }
        long departuresUntil2 = 0;
        for (int number = 3; number < 30; number++) {
            world.ask(number).ofClass(RequestClass.INTERACTIVE).submit();
            world.finish(world.lastRun());
            departuresUntil2++;
            if (world.lastRun().numbers().contains(2L)) {
                break;
            }
        }
        assertThat(departuresUntil2).isLessThanOrEqualTo(limits.order().agedEvery());
    }
}
