package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.SamplingParams;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PassTest {

    private static final Pass.Widths WIDTHS = new Pass.Widths(12, 50_000);

    private static StepRow row(int slot, int position, int count) {
        return new StepRow(
                slot,
                new int[position + count],
                position + count,
                position,
                count,
                true,
                SamplingParams.greedy(),
                -1,
                false);
    }

    @Test
    void decodeRowsAndChunksOfLikeLengthGoTogether() {
        List<Pass> passes = Pass.plan(List.of(row(0, 9, 1), row(1, 0, 30), row(2, 5, 1), row(3, 2, 25)), WIDTHS);
        assertThat(passes).hasSize(1);
        assertThat(passes.get(0).decode()).extracting(Segment::index).containsExactly(0, 2);
        assertThat(passes.get(0).prefill()).extracting(Segment::index).containsExactly(1, 3);
    }

    @Test
    void shortChunksAreNotPaddedToALongOne() {
        List<Pass> passes = Pass.plan(List.of(row(0, 0, 3), row(1, 0, 1000), row(2, 0, 2), row(3, 0, 4)), WIDTHS);
        assertThat(passes).hasSize(2);
        assertThat(passes.get(0).prefill()).extracting(Segment::index).containsExactly(1);
        assertThat(passes.get(1).prefill()).extracting(Segment::index).containsExactly(3, 0, 2);
    }

    @Test
    void scoredTokensTakeMemoryForTheirLogits() {
        StepRow scored = new StepRow(0, new int[3000], 3000, 0, 3000, false, SamplingParams.greedy(), -1, true);
        for (Pass pass : Pass.plan(List.of(scored, row(1, 0, 300)), WIDTHS)) {
            long logits =
                    pass.prefill().stream().mapToLong(Segment::scoredTokens).sum() * 50_000;
            assertThat(logits).isLessThanOrEqualTo(Pass.SCORES_MAX);
        }
    }

    @Test
    void allTokensAreFedOnceInOrderAndWithinMemory() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int heads = 1 + random.nextInt(64);
            List<StepRow> rows = new ArrayList<>();
            int count = 1 + random.nextInt(12);
            for (int slot = 0; slot < count; slot++) {
                int tokens = random.nextBoolean() ? 1 : 1 + random.nextInt(1 << random.nextInt(15));
                rows.add(row(slot, random.nextInt(9000), tokens));
            }
            int[] next = rows.stream().mapToInt(StepRow::position).toArray();
            for (Pass pass : Pass.plan(rows, new Pass.Widths(heads, 150_000))) {
                int before = pass.prefill().size();
                assertThat(pass.prefill().stream()
                                .mapToInt(Segment::index)
                                .distinct()
                                .count())
                        .isEqualTo(before);
                long longest =
                        pass.prefill().stream().mapToInt(Segment::count).max().orElse(0);
                long end = pass.prefill().stream().mapToInt(Segment::end).max().orElse(0);
                if (before > 1) {
                    assertThat(before * longest * heads * end)
                            .as("seed %s", seed)
                            .isLessThan(2 * Pass.SCORES_MAX);
                }
                List<Segment> all = new ArrayList<>(pass.decode());
                all.addAll(pass.prefill());
                for (Segment segment : all) {
                    assertThat(segment.position()).as("seed %s", seed).isEqualTo(next[segment.index()]);
                    assertThat(segment.count()).isBetween(1, Pass.SEGMENT_TOKENS_MAX);
                    next[segment.index()] = segment.end();
                }
            }
            for (int i = 0; i < count; i++) {
                assertThat(next[i])
                        .as("seed %s", seed)
                        .isEqualTo(rows.get(i).position() + rows.get(i).count());
            }
        }
    }
}
