package io.gondola.worker.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.inference.InferenceFailure;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.ModelStatistics.Batches;
import io.gondola.protocol.inference.ModelStatistics.Spent;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a worker counts, by Triton's rules. */
class ModelCountsTest {

    private final ModelCounts counts = new ModelCounts(() -> 77);

    private static InferenceResult result(long queueNanos, long computeNanos, boolean isFailed) {
        return new InferenceResult(
                new InferenceId(1, 1),
                1,
                List.of(),
                isFailed ? new InferenceFailure(InferenceFailure.Kind.MODEL_FAILED, "") : null,
                queueNanos,
                computeNanos,
                1);
    }

    @Test
    void everyRequestOfARunSpendsItsTime() {
        counts.onRun(new BatchRunner.RunTimes(3, 5, 10, 100, 1));
        counts.onResults(List.of(result(7, 111, false), result(8, 111, false), result(9, 111, true)));
        ModelStatistics all = counts.all();
        assertThat(all.rows()).isEqualTo(5);
        assertThat(all.runs()).isOne();
        assertThat(all.lastMillis()).isEqualTo(77);
        assertThat(all.succeeded()).isEqualTo(new Spent(2, 237));
        assertThat(all.failed()).isEqualTo(new Spent(1, 120));
        assertThat(all.queued()).isEqualTo(new Spent(2, 15));
        assertThat(all.input()).isEqualTo(new Spent(3, 30));
        assertThat(all.infer()).isEqualTo(new Spent(3, 300));
        assertThat(all.output()).isEqualTo(new Spent(3, 3));
        assertThat(all.batches()).containsExactly(new Batches(5, 1, 10, 100, 1));
    }

    @Test
    void onlyWhatChangedIsToldAndAllOfItComesTogetherAgain() {
        counts.onRun(new BatchRunner.RunTimes(1, 1, 1, 2, 3));
        ModelStatistics before = counts.takeChanged();
        counts.onRun(new BatchRunner.RunTimes(1, 4, 1, 2, 3));
        counts.onRun(new BatchRunner.RunTimes(1, 4, 1, 2, 3));
        ModelStatistics changed = counts.takeChanged();
        assertThat(changed.batches()).containsExactly(new Batches(4, 2, 2, 4, 6));
        assertThat(changed.over(before)).isEqualTo(counts.all());
        assertThat(counts.takeChanged().batches()).isEmpty();
    }

    @Test
    void batchSizesAreBounded() {
        for (int rows = 1; rows <= ModelStatistics.BATCH_SIZES_MAX + 10; rows++) {
            counts.onRun(new BatchRunner.RunTimes(1, rows, 1, 1, 1));
        }
        assertThat(counts.all().batches()).hasSize(ModelStatistics.BATCH_SIZES_MAX);
        assertThat(counts.all().runs()).isEqualTo(ModelStatistics.BATCH_SIZES_MAX + 10);
    }

    @Test
    void thoseOfTwoWorkersAreAddedUp() {
        counts.onRun(new BatchRunner.RunTimes(2, 3, 10, 20, 30));
        ModelStatistics both = counts.all().plus(counts.all());
        assertThat(both.rows()).isEqualTo(6);
        assertThat(both.infer()).isEqualTo(new Spent(2 * counts.all().infer().count(), 80));
        assertThat(both.batches()).containsExactly(new Batches(3, 2, 20, 40, 60));
    }
}
