package io.gondola.scheduler.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.RequestClass;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.simulation.LoadResult.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
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

    private static LoadResult run(Load load, Fleet fleet) {
        return LoadRun.run(load, fleet, SchedulerLimits.defaults(), 1);
    }

    private static SyntheticLoad load(double rate, long seconds) {
        return new SyntheticLoad(rate, 2, seconds * SECOND, 30, 20, 100, 1_000, 3, List.of(), 20, 30, 60 * SECOND);
    }

    private static List<LoadRequest> all(Load load) {
        List<LoadRequest> all = new ArrayList<>();
        load.requests().forEachRemaining(all::add);
        return all;
    }

    @Test
    void aRequestAloneTakesItsSteps() {
        LoadRequest alone = new LoadRequest(0, "a", RequestClass.STANDARD, 100, 50, 3, 60 * SECOND);
        LoadResult result = run(Load.of(List.of(alone)), fleet(1, 0, 0));
        assertThat(result.outcomes()).isEqualTo(Map.of(Outcome.COMPLETE, 1L));
        assertThat(result.outputTokens()).isEqualTo(3);
        assertThat(result.total().queueWait().p99()).isZero();
        // One step with 100 prompt tokens gives the first token; two more steps the others.
        assertThat(result.total().firstToken().p50()).isBetween(120.0, 120.2 + NETWORK_MILLIS_MAX);
        assertThat(result.total().duration().p50() - result.total().firstToken().p50())
                .isCloseTo(2 * 25, within(NETWORK_MILLIS_MAX));
    }

    @Test
    void whatAnEarlierPromptBeganWithIsNotComputedAgain() {
        LoadRequest first = withPrefix(0, "aaaaaaaabbbbbbbb");
        LoadRequest alike = withPrefix(2 * SECOND, "aaaaaaaacccccccc");
        LoadRequest other = withPrefix(4 * SECOND, "ddddddddbbbbbbbb");
        LoadResult result = run(Load.of(List.of(first, alike, other)), fleet(1, 0, 0));
        assertThat(result.cachedTokens()).isEqualTo(LoadRequest.BLOCK_TOKENS);
        // A step of 20 ms, and one more for each token that is computed.
        double spared = 120 - LoadRequest.BLOCK_TOKENS;
        assertThat(result.total().firstToken().p50()).isBetween(120.0, 120.2 + NETWORK_MILLIS_MAX);
        LoadResult alone = run(Load.of(List.of(first, alike)), fleet(1, 0, 0));
        assertThat(alone.total().firstToken().p50()).isBetween(spared, spared + 0.2 + NETWORK_MILLIS_MAX);
    }

    private static LoadRequest withPrefix(long arrivalNanos, String prefix) {
        return new LoadRequest(
                arrivalNanos,
                "a",
                1,
                RequestClass.STANDARD,
                100,
                50,
                3,
                60 * SECOND,
                LoadRequest.FOR_EVER,
                false,
                prefix);
    }

    @Test
    void theSameSeedGivesTheSameResult() {
        SyntheticLoad load = load(20, 20);
        assertThat(all(load.draw(5))).isEqualTo(all(load.draw(5))).isNotEqualTo(all(load.draw(6)));
        assertThat(run(load.draw(5), fleet(2, 0, 1))).isEqualTo(run(load.draw(5), fleet(2, 0, 1)));
    }

    @Test
    void aLoadHasTheRateAndTheLengthsAskedFor() {
        List<LoadRequest> load = all(load(50, 200).draw(1));
        assertThat(load.size()).isBetween(9_000, 11_000);
        assertThat(load.stream().mapToInt(LoadRequest::promptTokens).average().orElse(0))
                .isCloseTo(30, within(2.0));
        assertThat(load.stream().mapToInt(LoadRequest::outputTokens).average().orElse(0))
                .isCloseTo(20, within(2.0));
        assertThat(load).isSortedAccordingTo((a, b) -> Long.compare(a.arrivalNanos(), b.arrivalNanos()));
    }

    @Test
    void fewerWorkersMakeALongerLine() {
        Load load = load(30, 60).draw(1);
        LoadResult few = run(load, fleet(1, 0, 0));
        LoadResult many = run(load, fleet(6, 0, 0));
        assertThat(few.queuedMax()).isGreaterThan(10 * many.queuedMax() + 10);
        assertThat(few.total().firstToken().p95())
                .isGreaterThan(5 * many.total().firstToken().p95());
        assertThat(many.count(Outcome.COMPLETE)).isEqualTo(all(load).size());
        assertThat(few.generations()).isEqualTo(all(load).size());
    }

    @Test
    void whatALostWorkerHadRunsElsewhere() {
        Load load = load(15, 40).draw(1);
        LoadResult result = run(load, fleet(4, 0, 2));
        assertThat(result.count(Outcome.COMPLETE)).isEqualTo(all(load).size());
        assertThat(result.samples().get(result.samples().size() / 4).workers()).isEqualTo(4);
        assertThat(result.samples().get(result.samples().size() - 1).workers()).isEqualTo(2);
    }

    @Test
    void slowWorkersAreFelt() {
        Load load = load(5, 60).draw(1);
        double even = run(load, fleet(2, 0, 0)).total().duration().p95();
        assertThat(run(load, fleet(2, 1, 0)).total().duration().p95()).isGreaterThan(2 * even);
    }

    @Test
    void whatBelongsTogetherIsRefusedTogether() {
        List<LoadRequest> three = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            three.add(new LoadRequest(
                    0, "a", 1, RequestClass.STANDARD, 10, 50, 3, 60 * SECOND, LoadRequest.FOR_EVER, i > 0, ""));
        }
        SchedulerLimits two = SchedulerLimits.defaults().withQueueRequestsMax(2);
        assertThat(LoadRun.run(Load.of(three), fleet(1, 0, 0), two, 1).outcomes())
                .isEqualTo(Map.of(Outcome.REFUSED, 3L));
        assertThat(CoarseRun.run(Load.of(three), fleet(1, 0, 0), two).outcomes())
                .isEqualTo(Map.of(Outcome.REFUSED, 3L));
    }

    /** Both ask for more than there is until their deadlines. */
    @Test
    void aTenantOfThreeTimesTheWeightGetsThreeTimesTheService() {
        List<LoadRequest> requests = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            boolean isHeavy = i % 2 == 0;
            requests.add(new LoadRequest(
                    0,
                    isHeavy ? "heavy" : "light",
                    isHeavy ? 3 : 1,
                    RequestClass.STANDARD,
                    10,
                    50,
                    50,
                    60 * SECOND,
                    LoadRequest.FOR_EVER,
                    false,
                    ""));
        }
        Load load = Load.of(requests);
        for (LoadResult result :
                List.of(run(load, fleet(1, 0, 0)), CoarseRun.run(load, fleet(1, 0, 0), SchedulerLimits.defaults()))) {
            assertThat(result.count(Outcome.COMPLETE)).isBetween(80L, 250L);
            double heavy = tokens(result, "heavy");
            assertThat(heavy / tokens(result, "light")).isCloseTo(3, within(0.4));
        }
    }

    private static long tokens(LoadResult result, String tenant) {
        return Objects.requireNonNull(result.tenants().get(tenant)).outputTokens();
    }

    @Test
    void theFirstTenantsHaveTheWeightsAskedFor() {
        SyntheticLoad load =
                new SyntheticLoad(20, 1, 60 * SECOND, 30, 20, 100, 1_000, 3, List.of(5, 2), 20, 30, SECOND);
        assertThat(all(load.draw(1)).stream()
                        .collect(Collectors.toMap(LoadRequest::tenant, LoadRequest::tenantWeight, Math::max)))
                .isEqualTo(Map.of("tenant1", 5, "tenant2", 2, "tenant3", 1));
    }

    @Test
    void promptsBeginAlikeAsFarAsTheirPrefixesDo() {
        LoadSource source = new LoadSource(Load.of(List.of()), "gateway");
        List<int[]> prompts = source
                .toRequests(List.of(prompt("aaaaaaaabbbbbbbb"), prompt("aaaaaaaacccccccc"), prompt(""), prompt("")))
                .stream()
                .map(GenerationRequest::promptTokens)
                .toList();
        assertThat(Arrays.mismatch(prompts.get(0), prompts.get(1))).isEqualTo(32);
        assertThat(prompts).allSatisfy(tokens -> assertThat(tokens).hasSize(100));
        for (int i = 0; i < 4; i++) {
            for (int j = Math.max(2, i + 1); j < 4; j++) {
                assertThat(Arrays.mismatch(prompts.get(i), prompts.get(j))).isZero();
            }
        }
    }

    private static LoadRequest prompt(String prefix) {
        return new LoadRequest(
                0, "a", 1, RequestClass.STANDARD, 100, 50, 3, 60 * SECOND, LoadRequest.FOR_EVER, false, prefix);
    }

    @Test
    void aClientWithoutPatienceLeavesWithWhatItHas() {
        LoadRequest hasty =
                new LoadRequest(0, "a", 1, RequestClass.STANDARD, 100, 50, 50, 60 * SECOND, 500 * MILLI, false, "");
        for (LoadResult result : List.of(
                run(Load.of(List.of(hasty)), fleet(1, 0, 0)),
                CoarseRun.run(Load.of(List.of(hasty)), fleet(1, 0, 0), SchedulerLimits.defaults()))) {
            assertThat(result.outcomes()).isEqualTo(Map.of(Outcome.CANCELLED, 1L));
            // 120 ms to the first token, then 25 ms for each.
            assertThat(result.outputTokens()).isBetween(15L, 17L);
        }
    }

    @Test
    void clientsThatLeaveAmongOthersHarmNobody() {
        List<LoadRequest> requests = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            requests.add(new LoadRequest(
                    i * 10 * MILLI,
                    "a",
                    1,
                    RequestClass.STANDARD,
                    100,
                    50,
                    20,
                    60 * SECOND,
                    i % 3 == 0 ? 200 * MILLI : LoadRequest.FOR_EVER,
                    false,
                    ""));
        }
        for (LoadResult result : List.of(
                run(Load.of(requests), fleet(2, 0, 0)),
                CoarseRun.run(Load.of(requests), fleet(2, 0, 0), SchedulerLimits.defaults()))) {
            assertThat(result.count(Outcome.CANCELLED)).isEqualTo(67);
            assertThat(result.count(Outcome.COMPLETE)).isEqualTo(133);
        }
    }

    @Test
    void countsAndTokensOfEachTenantAddUp() {
        Load load = load(30, 60).draw(3);
        LoadResult result = run(load, fleet(1, 0, 0));
        assertThat(result.tenants().keySet()).containsExactly("tenant1", "tenant2", "tenant3");
        assertThat(result.tenants().values().stream()
                        .mapToLong(LoadResult.Tenant::generations)
                        .sum())
                .isEqualTo(result.generations());
        assertThat(result.tenants().values()).allSatisfy(tenant -> assertThat(tenant.outputTokensByPart().stream()
                        .mapToLong(Long::longValue)
                        .sum())
                .isEqualTo(tenant.outputTokens()));
        assertThat(result.promptTokens())
                .isEqualTo(
                        all(load).stream().mapToLong(LoadRequest::promptTokens).sum());
    }

    @Test
    void thePageNeedsNothingFromOutside() {
        Load load = load(20, 20).draw(1);
        String page = HtmlReport.of(
                List.of(run(load, fleet(3, 0, 1)), run(load, fleet(2, 0, 1))), "a <load> & what it costs");
        assertThat(page).doesNotContain("http").doesNotContain("src=").doesNotContain("NaN");
        assertThat(page).contains("3 workers", "2 workers", "tenant1", "time, s", "Queue depth", "a &lt;load> &amp;");
        assertThat(page.split("<svg")).hasSize(8);
    }

    @Test
    void axesEndAtShortNumbers() {
        assertThat(SvgChart.niceAbove(1)).isEqualTo(1);
        assertThat(SvgChart.niceAbove(17)).isEqualTo(20);
        assertThat(SvgChart.niceAbove(0.3)).isEqualTo(0.4, within(1e-12));
        assertThat(SvgChart.niceAbove(8_100)).isEqualTo(10_000);
    }
}
