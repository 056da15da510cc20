package io.gondola.scheduler.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.simulation.LoadResult.Outcome;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run in whole sequences, judged by the run in steps of the same load. */
class CoarseRunTest {

    private static final long MILLI = SimWorld.MILLI;
    private static final long SECOND = SimWorld.SECOND;
    private static final StepCost COST = new StepCost(20 * MILLI, MILLI, MILLI / 20, 1_000);

    @ParameterizedTest
    @CsvSource({"6, 4", "12, 4", "20, 6"})
    void itSaysAboutWhatTheStepsSay(double rate, int workers) {
        SyntheticLoad synthetic =
                new SyntheticLoad(rate, 1, 300 * SECOND, 200, 100, 400, 2_000, 4, List.of(), 20, 20, 60 * SECOND);
        Fleet fleet = new Fleet(workers, 16, 2_000, 30_000, COST, 0, 0);
        LoadResult fine = LoadRun.run(synthetic.draw(1), fleet, SchedulerLimits.defaults(), 1);
        LoadResult coarse = CoarseRun.run(synthetic.draw(1), fleet, SchedulerLimits.defaults());
        assertThat(coarse.generations()).isEqualTo(fine.generations());
        assertThat(coarse.promptTokens()).isEqualTo(fine.promptTokens());
        assertThat(coarse.count(Outcome.COMPLETE)).isCloseTo(fine.count(Outcome.COMPLETE), withinPercentage(3));
        assertThat(coarse.outputTokens()).isCloseTo(fine.outputTokens(), withinPercentage(3));
        assertThat(coarse.total().duration().p50())
                .isCloseTo(fine.total().duration().p50(), withinPercentage(20));
    }

    @ParameterizedTest
    @CsvSource({"20, 2, 0", "20, 4, 2"})
    void everyGenerationEndsOnceWhateverHappens(double rate, int workers, int lost) {
        SyntheticLoad synthetic =
                new SyntheticLoad(rate, 3, 120 * SECOND, 200, 100, 400, 2_000, 4, List.of(), 30, 40, 20 * SECOND);
        Fleet fleet = new Fleet(workers, 8, 2_000, 12_000, COST, 1, lost);
        LoadResult result = CoarseRun.run(synthetic.draw(2), fleet, SchedulerLimits.defaults());
        long arrived = 0;
        for (var requests = synthetic.draw(2).requests(); requests.hasNext(); requests.next()) {
            arrived++;
        }
        assertThat(result.generations()).isEqualTo(arrived);
        LoadResult.Sample last = result.samples().get(result.samples().size() - 1);
        assertThat(last.running()).isZero();
        assertThat(last.queued()).isZero();
        assertThat(last.busyWorkers()).isZero();
        assertThat(result).isEqualTo(CoarseRun.run(synthetic.draw(2), fleet, SchedulerLimits.defaults()));
    }
}
