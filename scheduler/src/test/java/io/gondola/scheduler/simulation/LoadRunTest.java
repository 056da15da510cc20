package io.gondola.scheduler.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gondola.protocol.RequestClass;
import io.gondola.scheduler.core.SchedulerLimits;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Loads on fleets, judged by what arithmetic says of them. */
class LoadRunTest {

    private static final long MILLI = SimWorld.MILLI;
    private static final long SECOND = SimWorld.SECOND;
    /** What three messages take at most: submit, admit, tokens. */
    private static final double NETWORK_MILLIS_MAX = 9;

    private static final StepCost COST = new StepCost(20 * MILLI, 5 * MILLI, MILLI, 0);

    private static Fleet fleet(int workers, int slow, int lost) {
        return new Fleet(workers, 8, 1_000, 8_000, COST, slow, lost);
    }

    private static LoadResult run(List<LoadRequest> load, Fleet fleet) {
        return LoadRun.run(load, fleet, SchedulerLimits.defaults(), 1);
    }

    private static SyntheticLoad load(double rate, long seconds) {
        return new SyntheticLoad(rate, 2, seconds * SECOND, 30, 20, 100, 1_000, 3, 20, 30, 60 * SECOND);
    }

    @Test
    void aRequestAloneTakesItsSteps() {
        LoadRequest alone = new LoadRequest(0, "a", RequestClass.STANDARD, 100, 50, 3, 60 * SECOND);
        LoadResult.Served served = run(List.of(alone), fleet(1, 0, 0)).served().get(0);
        assertThat(served.outcome()).isEqualTo("COMPLETE");
        assertThat(served.outputTokens()).isEqualTo(3);
        assertThat(served.queueWaitNanos()).isZero();
        // One step with 100 prompt tokens gives the first token; two more steps the others.
        assertThat(served.firstTokenNanos() / 1e6).isBetween(120.0, 120 + NETWORK_MILLIS_MAX);
        assertThat((served.durationNanos() - served.firstTokenNanos()) / 1e6)
                .isCloseTo(2 * 25, within(NETWORK_MILLIS_MAX));
    }

    @Test
    void theSameSeedGivesTheSameResult() {
        List<LoadRequest> load = load(20, 20).draw(5);
        assertThat(load)
                .isEqualTo(load(20, 20).draw(5))
                .isNotEqualTo(load(20, 20).draw(6));
        assertThat(run(load, fleet(2, 0, 1))).isEqualTo(run(load, fleet(2, 0, 1)));
    }

    @Test
    void aLoadHasTheRateAndTheLengthsAskedFor() {
        List<LoadRequest> load = load(50, 200).draw(1);
        assertThat(load.size()).isBetween(9_000, 11_000);
        assertThat(load.stream().mapToInt(LoadRequest::promptTokens).average().orElse(0))
                .isCloseTo(30, within(2.0));
        assertThat(load.stream().mapToInt(LoadRequest::outputTokens).average().orElse(0))
                .isCloseTo(20, within(2.0));
        assertThat(load).isSortedAccordingTo((a, b) -> Long.compare(a.arrivalNanos(), b.arrivalNanos()));
    }

    @Test
    void fewerWorkersMakeALongerLine() {
        List<LoadRequest> load = load(30, 60).draw(1);
        LoadResult few = run(load, fleet(1, 0, 0));
        LoadResult many = run(load, fleet(6, 0, 0));
        assertThat(few.queuedMax()).isGreaterThan(10 * many.queuedMax() + 10);
        assertThat(few.millis(0.95, LoadResult.Served::firstTokenNanos))
                .isGreaterThan(5 * many.millis(0.95, LoadResult.Served::firstTokenNanos));
        assertThat(many.count("COMPLETE")).isEqualTo(load.size());
        assertThat(few.count("COMPLETE") + few.count("REJECTED") + few.count("DEADLINE"))
                .isEqualTo(load.size());
    }

    @Test
    void whatALostWorkerHadRunsElsewhere() {
        List<LoadRequest> load = load(15, 40).draw(1);
        LoadResult result = run(load, fleet(4, 0, 2));
        assertThat(result.count("COMPLETE")).isEqualTo(load.size());
        assertThat(result.samples().get(result.samples().size() / 4).workers()).isEqualTo(4);
        assertThat(result.samples().get(result.samples().size() - 1).workers()).isEqualTo(2);
    }

    @Test
    void slowWorkersAreFelt() {
        List<LoadRequest> load = load(5, 60).draw(1);
        double even = run(load, fleet(2, 0, 0)).millis(0.95, LoadResult.Served::durationNanos);
        assertThat(run(load, fleet(2, 1, 0)).millis(0.95, LoadResult.Served::durationNanos))
                .isGreaterThan(2 * even);
    }

    @Test
    void thePageNeedsNothingFromOutside() {
        List<LoadRequest> load = load(20, 20).draw(1);
        String page = HtmlReport.of(List.of(run(load, fleet(3, 0, 1)), run(load, fleet(2, 0, 1))));
        assertThat(page).doesNotContain("http").doesNotContain("src=").doesNotContain("NaN");
        assertThat(page).contains("3 workers", "2 workers", "tenant1", "time, s", "Queue depth");
        assertThat(page.split("<svg")).hasSize(6);
    }

    @Test
    void axesEndAtShortNumbers() {
        assertThat(SvgChart.niceAbove(1)).isEqualTo(1);
        assertThat(SvgChart.niceAbove(17)).isEqualTo(20);
        assertThat(SvgChart.niceAbove(0.3)).isEqualTo(0.4, within(1e-12));
        assertThat(SvgChart.niceAbove(8_100)).isEqualTo(10_000);
    }
}
