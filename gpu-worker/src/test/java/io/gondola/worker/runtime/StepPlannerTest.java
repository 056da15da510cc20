package io.gondola.worker.runtime;

import static io.gondola.worker.runtime.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.QueueWait;
import io.gondola.protocol.StepBudget;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StepPlannerTest {

    private final List<Sequence> aboard = new ArrayList<>();

    private Sequence board(int promptLength) {
        int slot = aboard.size();
        Sequence sequence =
                new Sequence(request(slot).promptOfLength(promptLength).build(), QueueWait.NONE, 0, slot, slot, 100);
        aboard.add(sequence);
        return sequence;
    }

    private Sequence boardDecoding() {
        Sequence sequence = board(3);
        sequence.advance(sequence.row(3), new RowResult(7, null, List.of()), 0, 0);
        return sequence;
    }

    private Map<Integer, Integer> plan(int sequencesMax, int prefillTokensMax) {
        Map<Integer, Integer> tokensBySlot = new TreeMap<>();
        for (StepRow row : StepPlanner.plan(aboard, new StepBudget(sequencesMax, prefillTokensMax))
                .rows()) {
            assertThat(tokensBySlot.put(row.slot(), row.count())).isNull();
        }
        return tokensBySlot;
    }

    @Test
    void decodersGoFirstWithOneTokenEach() {
        board(100);
        boardDecoding();
        boardDecoding();
        StepBatch batch = StepPlanner.plan(aboard, new StepBudget(8, 16));
        assertThat(batch.rows()).extracting(StepRow::slot).containsExactly(1, 2, 0);
        assertThat(batch.rows()).extracting(StepRow::count).containsExactly(1, 1, 16);
        assertThat(batch.rows()).extracting(StepRow::sample).containsExactly(true, true, false);
    }

    @Test
    void promptsShareEquallyAndShortOnesLeaveTheRestToLongOnes() {
        board(100);
        board(2);
        board(100);
        assertThat(plan(8, 32)).isEqualTo(Map.of(0, 15, 1, 2, 2, 15));
    }

    @Test
    void whatDoesNotDivideGoesToTheOldest() {
        board(100);
        board(100);
        board(100);
        assertThat(plan(8, 8)).isEqualTo(Map.of(0, 3, 1, 3, 2, 2));
    }

    @Test
    void fewerTokensThanPromptsGoToTheOldest() {
        board(100);
        board(100);
        board(100);
        assertThat(plan(8, 2)).isEqualTo(Map.of(0, 1, 1, 1));
    }

    @Test
    void neverMoreThanThePromptAndTheLastChunkDraws() {
        board(5);
        StepRow row = StepPlanner.plan(aboard, new StepBudget(8, 512)).rows().get(0);
        assertThat(row.count()).isEqualTo(5);
        assertThat(row.sample()).isTrue();
    }

    @Test
    void withFewerRowsThanDecodersTheLongestWaitingGoFirst() {
        Sequence first = boardDecoding();
        boardDecoding();
        boardDecoding();
        first.advance(first.row(1), new RowResult(7, null, List.of()), 5, 0);
        assertThat(plan(2, 8).keySet()).containsExactly(1, 2);
    }

    @Test
    void aBudgetOfNothingStillGetsOn() {
        board(10);
        assertThat(plan(0, 0)).isEqualTo(Map.of(0, 1));
        assertThat(plan(-5, -5)).isEqualTo(Map.of(0, 1));
    }

    @Test
    void holdsItsLimitsOnRandomSequences() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            aboard.clear();
            int count = 1 + random.nextInt(20);
            for (int i = 0; i < count; i++) {
                if (random.nextBoolean()) {
                    boardDecoding();
                } else {
                    board(1 + random.nextInt(300));
                }
            }
            int sequencesMax = 1 + random.nextInt(24);
            int prefillTokensMax = 1 + random.nextInt(256);
            Map<Integer, Integer> planned = plan(sequencesMax, prefillTokensMax);
            int prefillTokens = 0;
            int wanted = 0;
            for (Sequence sequence : aboard) {
                int tokens = planned.getOrDefault(sequence.slot(), 0);
                wanted += sequence.prefillLeft();
                prefillTokens += sequence.isPrefilling() ? tokens : 0;
                assertThat(tokens)
                        .as("seed %d, slot %d", seed, sequence.slot())
                        .isLessThanOrEqualTo(Math.max(1, sequence.prefillLeft()));
            }
            assertThat(planned.size()).as("seed %d", seed).isBetween(1, sequencesMax);
            assertThat(prefillTokens).as("seed %d", seed).isLessThanOrEqualTo(prefillTokensMax);
            if (aboard.size() <= sequencesMax) {
                assertThat(prefillTokens)
                        .as("seed %d: nothing is wasted", seed)
                        .isEqualTo(Math.min(wanted, prefillTokensMax));
            }
        }
    }
}
