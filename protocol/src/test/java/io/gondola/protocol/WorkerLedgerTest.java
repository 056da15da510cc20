package io.gondola.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WorkerLedgerTest {

    private static final String MODEL = "m";
    private static final ModelDescription DESCRIPTION = new ModelDescription(MODEL, "a", 64, 100, 4, 256);
    private static final long NOW = 1_000;

    private final WorkerLedger ledger = new WorkerLedger("w", DESCRIPTION);

    private static GenerationRequest request(int number) {
        return new GenerationRequest(
                ref(number),
                "gw",
                MODEL,
                new int[3],
                new int[0],
                5,
                new int[0],
                SamplingParams.greedy(),
                -1,
                false,
                "tenant",
                1,
                RequestClass.BATCH,
                1);
    }

    private static GenerationRef ref(int number) {
        return new GenerationRef(new GenerationId(0, number), 0);
    }

    private static Fenced welcome(long epoch, long number) {
        return new Fenced(epoch, number, new ToWorker.Welcome(MODEL, new StepBudget(1, 1)));
    }

    private static Fenced admit(long epoch, long number, int generation) {
        return new Fenced(epoch, number, new ToWorker.Admit(MODEL, List.of(request(generation))));
    }

    private List<GenerationRef> aboard() {
        return ledger.nextCensus(NOW).aboard().stream()
                .map(ToScheduler.Aboard::ref)
                .toList();
    }

    @Test
    void nothingIsTakenBeforeTheWelcome() {
        assertThat(ledger.tryTake(admit(7, 1, 1), NOW)).isFalse();
        assertThat(ledger.nextCensus(NOW)).isEqualTo(new ToScheduler.Census("w", DESCRIPTION, 0, 1, 0, List.of()));
        assertThat(ledger.tryTake(welcome(7, 2), NOW)).isTrue();
        assertThat(ledger.tryTake(admit(7, 3, 1), NOW)).isTrue();
        assertThat(ledger.nextCensus(NOW))
                .isEqualTo(new ToScheduler.Census(
                        "w",
                        DESCRIPTION,
                        7,
                        2,
                        3,
                        List.of(new ToScheduler.Aboard(ref(1), "gw", "tenant", 1, RequestClass.BATCH, 8))));
    }

    @Test
    void whoIsRefusedHearsItAndIsNoMember() {
        Fenced refused = new Fenced(7, 1, new ToWorker.Refused(MODEL, "as many as may be"));
        assertThat(ledger.tryTake(refused, NOW)).isTrue();
        assertThat(ledger.tryTake(refused, NOW)).as("twice").isFalse();
        assertThat(ledger.isMember(NOW)).isFalse();
        assertThat(ledger.tryTake(welcome(7, 2), NOW)).as("there is room again").isTrue();
        assertThat(ledger.isMember(NOW)).isTrue();
    }

    @Test
    void whoWasAMemberAndIsRefusedTakesNothingInUntilItIsWelcomeAgain() {
        ledger.tryTake(welcome(7, 1), NOW);
        ledger.tryTake(admit(7, 2, 1), NOW);
        assertThat(ledger.tryTake(new Fenced(7, 4, new ToWorker.Refused(MODEL, "as many as may be")), NOW))
                .isTrue();
        assertThat(ledger.tryTake(welcome(7, 3), NOW)).as("late").isFalse();
        assertThat(ledger.isMember(NOW)).isFalse();
        assertThat(ledger.tryTake(admit(7, 5, 2), NOW)).isFalse();
        assertThat(aboard()).as("until it is reported").containsExactly(ref(1));
        assertThat(ledger.tryTake(welcome(7, 6), NOW)).isTrue();
        assertThat(ledger.tryTake(admit(7, 7, 2), NOW)).isTrue();
    }

    @Test
    void whatComesTwiceOrLateIsNotTaken() {
        ledger.tryTake(welcome(7, 1), NOW);
        assertThat(ledger.tryTake(admit(7, 5, 1), NOW)).isTrue();
        assertThat(ledger.tryTake(admit(7, 5, 1), NOW)).isFalse();
        assertThat(ledger.tryTake(admit(7, 4, 2), NOW)).isFalse();
        assertThat(aboard()).containsExactly(ref(1));
    }

    @Test
    void whatHasEndedIsAboardUntilItIsReported() {
        ledger.tryTake(welcome(7, 1), NOW);
        ledger.tryTake(admit(7, 2, 1), NOW);
        ledger.tryTake(admit(7, 3, 2), NOW);
        ledger.onReported(List.of(new ToScheduler.Finished(ref(1), FinishReason.STOP, 2)));
        assertThat(aboard()).containsExactly(ref(2));
    }

    @Test
    void aNewOwnerFindsEverythingAboardAndTheOldOneIsNotHeeded() {
        ledger.tryTake(welcome(7, 1), NOW);
        ledger.tryTake(admit(7, 2, 1), NOW);
        assertThat(ledger.onOwnerAlive(7, NOW)).isFalse();
        assertThat(ledger.onOwnerAlive(8, NOW)).isTrue();
        assertThat(ledger.onOwnerAlive(8, NOW)).isFalse();
        assertThat(ledger.isMember(NOW)).isFalse();
        assertThat(ledger.tryTake(admit(7, 3, 2), NOW)).isFalse();
        ToScheduler.Census census = ledger.nextCensus(NOW);
        assertThat(census.epoch()).isEqualTo(OwnerWatch.NOBODY);
        assertThat(census.seenNumber()).isZero();
        assertThat(ledger.tryTake(welcome(8, 1), NOW)).isTrue();
        assertThat(ledger.isMember(NOW)).isTrue();
        assertThat(aboard()).containsExactly(ref(1));
        assertThat(ledger.ownerEpoch(NOW)).isEqualTo(8);
    }

    @Test
    void withoutAWordFromItsOwnerAWorkerIsNobodysMember() {
        ledger.tryTake(welcome(7, 1), NOW);
        long later = NOW + OwnerWatch.SILENCE_MILLIS * 1_000_000;
        assertThat(ledger.isMember(later)).isFalse();
        assertThat(ledger.ownerEpoch(later)).isEqualTo(OwnerWatch.NOBODY);
        ledger.onOwnerAlive(7, later);
        assertThat(ledger.isMember(later)).isTrue();
    }
}
