package io.gondola.worker.runtime;

import static io.gondola.worker.runtime.RequestBuilder.MODEL;
import static io.gondola.worker.runtime.RequestBuilder.ref;
import static io.gondola.worker.runtime.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.AttemptStart;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.QueueWait;
import io.gondola.protocol.StepBudget;
import io.gondola.protocol.ToScheduler.Finished;
import io.gondola.protocol.ToScheduler.StepReport;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.protocol.WaitReason;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.StepRow;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepCycleTest {

    private final VirtualClock clock = new VirtualClock();
    private final RecordingOutbox outbox = new RecordingOutbox();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final WorkerMetrics metrics = new WorkerMetrics(registry, MODEL);
    private CountingEngine engine = CountingEngine.free(2, 64);
    private StepCycle cycle = newCycle();

    private StepCycle newCycle() {
        return new StepCycle(engine, WorkerConfig.of("worker-1"), outbox, clock, metrics);
    }

    private void useSlots(int slots, int contextTokensMax) {
        engine = CountingEngine.free(slots, contextTokensMax);
        cycle = newCycle();
    }

    private void budget(int sequencesMax, int prefillTokensMax) {
        turn(new ToWorker.Welcome(MODEL, new StepBudget(sequencesMax, prefillTokensMax)));
    }

    private void turn(ToWorker... messages) {
        cycle.turn(Arrays.stream(messages)
                .map(message -> new Command(message, clock.getAsLong()))
                .toList());
    }

    private static ToWorker admit(GenerationRequest... requests) {
        return new ToWorker.Admit(MODEL, List.of(requests));
    }

    private static ToWorker revoke(GenerationRef... refs) {
        return new ToWorker.Revoke(MODEL, List.of(refs));
    }

    private void turnUntilIdle() {
        for (int turns = 0; !cycle.isIdle(); turns++) {
            assertThat(turns).as("turns without an end").isLessThan(1000);
            turn();
        }
    }

    @Test
    void generatesUpToMaxTokens() {
        turn(admit(request(1).prompt(5, 6, 7).maxTokens(3).build()));
        turnUntilIdle();
        assertThat(outbox.tokens(ref(1, 0))).containsExactly(3, 4, 5);
        assertThat(outbox.finishes(ref(1, 0))).containsExactly(FinishReason.LENGTH);
        assertThat(outbox.finished().get(ref(1, 0))).isEqualTo(new Finished(ref(1, 0), FinishReason.LENGTH, 3));
        assertThat(engine.batches).hasSize(3);
        assertThat(engine.released).containsExactly(0);
    }

    @Test
    void theFirstChunkOfAnAttemptSaysHowItBegan() {
        budget(8, 2);
        QueueWait wait = new QueueWait(900, WaitReason.NO_SLOT);
        ToWorker message = new ToWorker.Admit(
                MODEL, List.of(request(1).prompt(5, 6, 7).maxTokens(3).build()), List.of(wait));
        Command admit = new Command(message, clock.getAsLong());
        clock.sleep(700);
        cycle.turn(List.of(admit));
        turnUntilIdle();
        assertThat(outbox.chunks(ref(1, 0)))
                .extracting(TokenChunk::start)
                .containsExactly(new AttemptStart(0, 700, wait), null, null);
    }

    @Test
    void whoEndsDuringPrefillSaysHowItBegan() {
        budget(8, 2);
        QueueWait wait = new QueueWait(900, WaitReason.FAIRNESS);
        ToWorker message =
                new ToWorker.Admit(MODEL, List.of(request(1).promptOfLength(20).build()), List.of(wait));
        cycle.turn(List.of(new Command(message, clock.getAsLong())));
        clock.sleep(700);
        turn(revoke(ref(1, 0)));
        assertThat(outbox.chunks(ref(1, 0)))
                .extracting(TokenChunk::start)
                .containsExactly(new AttemptStart(0, 700, wait));
    }

    @Test
    void keepsTheStopTokenToItself() {
        turn(admit(request(1).prompt(5, 6, 7).maxTokens(30).stopTokens(99, 5).build()));
        turnUntilIdle();
        assertThat(outbox.tokens(ref(1, 0))).containsExactly(3, 4);
        assertThat(outbox.finishes(ref(1, 0))).containsExactly(FinishReason.STOP);
        assertThat(outbox.finished().get(ref(1, 0)).outputTokens()).isEqualTo(2);
    }

    @Test
    void aStopTokenAsFirstTokenGivesAnEmptyOutput() {
        turn(admit(request(1).prompt(5, 6, 7).stopTokens(3).build()));
        assertThat(cycle.isIdle()).isTrue();
        assertThat(outbox.tokens(ref(1, 0))).isEmpty();
        assertThat(outbox.finishes(ref(1, 0))).containsExactly(FinishReason.STOP);
    }

    @Test
    void endsAtTheEndOfTheContext() {
        useSlots(1, 8);
        turn(admit(request(1).promptOfLength(5).maxTokens(100).build()));
        turnUntilIdle();
        assertThat(outbox.tokens(ref(1, 0))).containsExactly(5, 6, 7);
        assertThat(outbox.finishes(ref(1, 0))).containsExactly(FinishReason.LENGTH);
        assertThat(engine.batches.get(engine.batches.size() - 1).rows().get(0).position())
                .as("the last token needs no place in the cache")
                .isEqualTo(6);
    }

    @Test
    void aPromptThatFillsTheContextEndsWithoutAToken() {
        useSlots(1, 8);
        turn(admit(request(1).promptOfLength(8).maxTokens(5).build()));
        assertThat(cycle.isIdle()).isTrue();
        assertThat(outbox.finishes(ref(1, 0))).containsExactly(FinishReason.LENGTH);
        assertThat(engine.batches).isEmpty();
    }

    @Test
    void scoresAPromptOverChunksAndSaysItOnce() {
        budget(8, 4);
        turn(admit(request(1)
                .promptOfLength(10)
                .maxTokens(0)
                .promptLogprobs()
                .topLogprobs(0)
                .build()));
        turnUntilIdle();
        List<TokenChunk> chunks = outbox.chunks(ref(1, 0));
        assertThat(chunks).hasSize(1);
        assertThat(chunks.get(0).tokens()).isEmpty();
        assertThat(chunks.get(0).finish()).isEqualTo(FinishReason.LENGTH);
        int[] prompt = request(1).promptOfLength(10).build().promptTokens();
        assertThat(chunks.get(0).promptLogprobs().stream()
                        .mapToInt(TokenLogprobs::token)
                        .toArray())
                .containsExactly(prompt);
        assertThat(chunks.get(0).promptLogprobs().get(0).logprob()).isNaN();
        assertThat(engine.batches)
                .hasSize(3)
                .noneMatch(batch -> batch.rows().get(0).sample());
    }

    @Test
    void promptScoresComeWithTheFirstTokenAndLogprobsWithEachToken() {
        turn(admit(request(1)
                .prompt(5, 6, 7)
                .maxTokens(3)
                .promptLogprobs()
                .topLogprobs(2)
                .build()));
        turnUntilIdle();
        List<TokenChunk> chunks = outbox.chunks(ref(1, 0));
        assertThat(chunks).hasSize(3).allMatch(chunk -> chunk.logprobs().size() == 1);
        assertThat(chunks.get(0).promptLogprobs()).hasSize(3);
        assertThat(chunks.get(1).promptLogprobs()).isEmpty();
        assertThat(engine.batches.get(1).rows().get(0).scorePrompt()).isFalse();
    }

    @Test
    void resumesBehindWhatEarlierAttemptsGenerated() {
        budget(8, 3);
        turn(admit(request(1, 2).prompt(5, 6, 7).generated(40, 41).maxTokens(4).build()));
        turnUntilIdle();
        assertThat(outbox.tokens(ref(1, 2), 2)).containsExactly(5, 6);
        assertThat(outbox.finished().get(ref(1, 2)).outputTokens()).isEqualTo(4);
        StepRow second = engine.batches.get(1).rows().get(0);
        assertThat(second.position()).isEqualTo(3);
        assertThat(second.count()).isEqualTo(2);
        assertThat(Arrays.copyOf(second.history(), 5)).containsExactly(5, 6, 7, 40, 41);
        assertThat(second.promptLength()).isEqualTo(3);
    }

    @Test
    void aResumedAttemptWithNothingLeftEndsAtOnce() {
        turn(admit(request(1, 1).generated(8, 9).maxTokens(2).build()));
        assertThat(cycle.isIdle()).isTrue();
        assertThat(outbox.finished().get(ref(1, 1))).isEqualTo(new Finished(ref(1, 1), FinishReason.LENGTH, 2));
        assertThat(outbox.chunks(ref(1, 1)).get(0).offset()).isEqualTo(2);
    }

    @Test
    void oneFrameForEachGatewayAndStep() {
        useSlots(3, 64);
        turn(admit(
                request(1).gateway("east").build(),
                request(2).gateway("west").build(),
                request(3).gateway("east").build()));
        assertThat(outbox.frames).hasSize(2);
        assertThat(outbox.frames.get(0).gatewayId()).isEqualTo("east");
        assertThat(outbox.frames.get(0).chunks()).hasSize(2);
        assertThat(outbox.frames.get(1).chunks()).hasSize(1);
    }

    @Test
    void revokedWhileItWaitsInTheInbox() {
        turn(admit(request(1).build()), revoke(ref(1, 0)));
        assertThat(engine.batches).isEmpty();
        assertCancelled(ref(1, 0), 0);
    }

    @Test
    void revokedDuringPrefill() {
        budget(8, 4);
        turn(admit(request(1).promptOfLength(20).build()));
        turn(revoke(ref(1, 0)));
        assertThat(engine.batches).hasSize(1);
        assertCancelled(ref(1, 0), 0);
    }

    @Test
    void revokedWhileDecoding() {
        turn(admit(request(1).maxTokens(50).build()));
        turn();
        turn(revoke(ref(1, 0)));
        assertThat(engine.batches).hasSize(2);
        assertCancelled(ref(1, 0), 2);
    }

    @Test
    void aRefusedWorkerLetsEverybodyGoOnElsewhere() {
        turn(admit(request(1).maxTokens(50).build()));
        turn();
        turn(admit(request(2).build()), new ToWorker.Refused(MODEL, "as many as may be"));
        assertThat(engine.batches).hasSize(2);
        assertCancelled(ref(1, 0), 2);
        assertCancelled(ref(2, 0), 0);
        assertThat(outbox.finishes(ref(1, 0))).containsExactly(FinishReason.CANCELLED);
        turn(new ToWorker.Refused(MODEL, "as many as may be"));
        assertThat(outbox.finishes(ref(1, 0))).as("once").hasSize(1);
    }

    private void assertCancelled(GenerationRef ref, int outputTokens) {
        assertThat(cycle.isIdle()).isTrue();
        assertThat(outbox.finished().get(ref)).isEqualTo(new Finished(ref, FinishReason.CANCELLED, outputTokens));
        assertThat(outbox.lastReport().sequences()).isZero();
        assertThat(outbox.lastReport().kvTokens()).isZero();
        assertThat(outbox.finishes(ref)).containsExactly(FinishReason.CANCELLED);
    }

    @Test
    void aRevokedSlotBoardsAnotherInTheSameTurnAndIsReportedBeforeTheStep() {
        useSlots(1, 64);
        turn(admit(request(1).maxTokens(50).build()));
        turn(admit(request(2).maxTokens(50).build()), revoke(ref(1, 0)));
        assertThat(outbox.finished()).containsOnlyKeys(ref(1, 0));
        assertThat(outbox.tokens(ref(2, 0))).hasSize(1);
        StepReport report = outbox.reports.stream()
                .filter(sent -> !sent.finished().isEmpty())
                .findFirst()
                .orElseThrow();
        assertThat(report.outputTokens())
                .as("the report left before the second step")
                .isLessThan(2);
    }

    @Test
    void staleAndUnknownRevocationsHitNobody() {
        turn(admit(request(1, 3).maxTokens(50).build()));
        turn(revoke(ref(1, 2), ref(7, 0)));
        assertThat(cycle.isIdle()).isFalse();
        assertThat(outbox.finished()).isEmpty();
    }

    @Test
    void aStaleRevocationSparesTheAttemptThatWaitsInTheInbox() {
        turn(admit(request(1, 2).maxTokens(2).build()), revoke(ref(1, 1)));
        turnUntilIdle();
        assertThat(outbox.finishes(ref(1, 2))).containsExactly(FinishReason.LENGTH);
    }

    @Test
    void whatEndsIsReportedAtOnceWithinThePeriodToo() {
        turn(admit(request(1).maxTokens(50).build(), request(2).maxTokens(2).build()));
        turn();
        assertThat(outbox.finished()).containsOnlyKeys(ref(2, 0));
        turn(revoke(ref(1, 0)));
        assertThat(outbox.finished()).containsOnlyKeys(ref(1, 0), ref(2, 0));
    }

    @Test
    void aNewerAttemptReplacesTheOlderOneAndAnOlderOneIsTurnedAway() {
        turn(admit(request(1, 1).maxTokens(50).build()));
        turn(admit(request(1, 2).maxTokens(50).build()));
        turn(admit(request(1, 1).maxTokens(50).build()));
        assertThat(outbox.tokens(ref(1, 2))).hasSize(2);
        assertThat(engine.released).containsExactly(0);
        turn(revoke(ref(1, 2)));
        assertThat(cycle.isIdle()).isTrue();
    }

    @Test
    void theSameAttemptTwiceRunsOnce() {
        turn(
                admit(request(1).maxTokens(2).build()),
                admit(request(1).maxTokens(2).build()));
        turn(admit(request(1).maxTokens(2).build()));
        turnUntilIdle();
        assertThat(outbox.tokens(ref(1, 0))).hasSize(2);
        assertThat(outbox.finished()).containsOnlyKeys(ref(1, 0));
    }

    @Test
    void moreThanTheSlotsAreGivenUpAndTheRestGoesOn() {
        turn(admit(request(1).build(), request(2).build(), request(3).build()));
        turnUntilIdle();
        assertThat(outbox.finishes(ref(3, 0))).containsExactly(FinishReason.CANCELLED);
        assertThat(outbox.tokens(ref(1, 0))).hasSize(4);
        assertThat(outbox.tokens(ref(2, 0))).hasSize(4);
    }

    @Test
    void requestsThatWouldBreakTheStepAreRefused() {
        useSlots(4, 16);
        turn(admit(
                request(1).promptOfLength(17).build(),
                request(2).prompt(1, 1000).build(),
                request(3).prompt(1, -1).build(),
                request(4).bias(5, 1000).build()));
        assertThat(cycle.isIdle()).isTrue();
        assertThat(engine.batches).isEmpty();
        for (int number = 1; number <= 4; number++) {
            assertThat(outbox.finishes(ref(number, 0))).containsExactly(FinishReason.ERROR);
        }
        assertThat(outbox.chunks(ref(1, 0)).get(0).error()).contains("17").contains("16");
        assertThat(outbox.chunks(ref(2, 0)).get(0).error()).contains("1000");
    }

    @Test
    void deadlinesEndItInEveryState() {
        useSlots(3, 64);
        budget(8, 4);
        turn(admit(
                request(1).maxTokens(50).timeoutNanos(1000).build(),
                request(2).promptOfLength(40).timeoutNanos(1000).build(),
                request(3).maxTokens(50).build()));
        turn();
        clock.sleep(1000);
        turn(admit(request(4).timeoutNanos(0).build()));
        for (int number : List.of(1, 2, 4)) {
            assertThat(outbox.finishes(ref(number, 0))).as("request %d", number).containsExactly(FinishReason.DEADLINE);
        }
        assertThat(outbox.lastReport().sequences()).isEqualTo(1);
        assertThat(outbox.finishes(ref(3, 0))).isEmpty();
    }

    @Test
    void timeSpentInTheInboxCounts() {
        List<Command> commands = new ArrayList<>();
        commands.add(new Command(admit(request(1).timeoutNanos(500).build()), clock.getAsLong()));
        clock.sleep(500);
        cycle.turn(commands);
        assertThat(outbox.finishes(ref(1, 0))).containsExactly(FinishReason.DEADLINE);
        assertThat(engine.batches).isEmpty();
    }

    @Test
    void aStepThatNobodyCanComputeEndsItsBatchAndTheLoopGoesOn() {
        for (int i = 0; i < 3; i++) {
            engine.failures.add(new EngineException("matmul of layer 3 gave NaN"));
        }
        turn(admit(request(1).build(), request(2).build()));
        assertThat(cycle.isIdle()).isTrue();
        assertThat(cycle.failedInARow()).isEqualTo(1);
        assertThat(outbox.finishes(ref(1, 0))).containsExactly(FinishReason.ERROR);
        assertThat(outbox.chunks(ref(2, 0)).get(0).error()).contains("matmul of layer 3 gave NaN");
        turn(admit(request(3).build()));
        turnUntilIdle();
        assertThat(cycle.failedInARow()).isZero();
        assertThat(outbox.finishes(ref(3, 0))).containsExactly(FinishReason.LENGTH);
    }

    @Test
    void anErrorEndsTheSequenceConcernedAlone() {
        useSlots(4, 64);
        engine.poison.add(666);
        turn(admit(
                request(1).prompt(5, 6, 7).maxTokens(3).build(),
                request(2).prompt(5, 666).maxTokens(3).build(),
                request(3).prompt(5).maxTokens(3).build()));
        assertThat(cycle.failedInARow()).isZero();
        assertThat(outbox.finishes(ref(2, 0))).containsExactly(FinishReason.ERROR);
        assertThat(outbox.chunks(ref(2, 0)).get(0).error())
                .isEqualTo("The model could not compute the next token: token 666 is poison");
        turnUntilIdle();
        assertThat(outbox.tokens(ref(1, 0))).containsExactly(3, 4, 5);
        assertThat(outbox.tokens(ref(3, 0))).containsExactly(1, 2, 3);
        assertThat(registry.get("gondola.steps.failed").counter().count()).isEqualTo(1);
    }

    @Test
    void anErrorThatDoesNotComeAgainEndsNobody() {
        engine.failures.add(new EngineException("no memory for so many at once"));
        turn(admit(request(1).maxTokens(2).build(), request(2).maxTokens(2).build()));
        turnUntilIdle();
        assertThat(outbox.finishes(ref(1, 0))).containsExactly(FinishReason.LENGTH);
        assertThat(outbox.finishes(ref(2, 0))).containsExactly(FinishReason.LENGTH);
    }

    @Test
    void anOverflowEndsItsRowAlone() {
        engine.overflows.add(4);
        turn(admit(
                request(1).prompt(5, 6, 7, 8).maxTokens(9).build(),
                request(2).prompt(5).maxTokens(2).build()));
        turnUntilIdle();
        assertThat(outbox.finishes(ref(1, 0))).containsExactly(FinishReason.ERROR);
        assertThat(outbox.finishes(ref(2, 0))).containsExactly(FinishReason.LENGTH);
        assertThat(cycle.failedInARow()).isZero();
    }

    @Test
    void aDefectOfTheEngineDoesNotReachTheClientInItsOwnWords() {
        engine.failures.add(new IllegalStateException("/home/ops/secret"));
        turn(admit(request(1).build()));
        assertThat(outbox.chunks(ref(1, 0)).get(0).error())
                .contains("internal error")
                .doesNotContain("secret");
    }

    @Test
    void aFailureSparesThoseWhoWereNotInTheBatch() {
        budget(1, 64);
        turn(admit(request(1).maxTokens(9).build(), request(2).maxTokens(9).build()));
        engine.failures.add(new EngineException("no"));
        turn();
        turnUntilIdle();
        assertThat(List.of(
                        outbox.finishes(ref(1, 0)).get(0),
                        outbox.finishes(ref(2, 0)).get(0)))
                .containsExactlyInAnyOrder(FinishReason.ERROR, FinishReason.LENGTH);
    }

    @Test
    void reportsAtTheEndOfSomethingAndOncePerPeriod() {
        turn(admit(request(1).prompt(1, 2, 3).maxTokens(50).build()));
        int reports = outbox.reports.size();
        turn();
        turn();
        assertThat(outbox.reports).as("within the period").hasSize(reports);
        clock.sleep(StepReport.PERIOD_MILLIS * 1_000_000);
        turn();
        assertThat(outbox.reports).hasSize(reports + 1);
        StepReport report = outbox.lastReport();
        assertThat(report.sequences()).isEqualTo(1);
        assertThat(report.kvTokens()).isBetween(5L, 6L);
        assertThat(outbox.reports.stream().mapToLong(StepReport::prefillTokens).sum())
                .isEqualTo(3);
    }

    @Test
    void countsTokensOnceInReportsAndMeters() {
        turn(admit(
                request(1).promptOfLength(10).build(),
                request(2).promptOfLength(5).build()));
        turnUntilIdle();
        assertThat(outbox.reports.stream().mapToLong(StepReport::prefillTokens).sum())
                .isEqualTo(15);
        assertThat(outbox.reports.stream().mapToLong(StepReport::outputTokens).sum())
                .isEqualTo(8);
        assertThat(registry.get("gondola.prefill.tokens").counter().count()).isEqualTo(15);
        assertThat(registry.get("gondola.decode.tokens").counter().count()).isEqualTo(8);
        assertThat(registry.get("gondola.step").timer().count()).isEqualTo(4);
        assertThat(registry.get("gondola.batch.size").summary().max()).isEqualTo(2);
        assertThat(registry.get("gondola.sequences.aboard").gauge().value()).isZero();
    }

    @Test
    void theEndOfTheLoopLeavesNobodyWaiting() {
        turn(admit(request(1).maxTokens(50).build()));
        cycle.endAll(List.of(new Command(admit(request(2).build()), clock.getAsLong())), "out of service");
        assertThat(outbox.finishes(ref(1, 0))).containsExactly(FinishReason.ERROR);
        assertThat(outbox.finishes(ref(2, 0))).containsExactly(FinishReason.ERROR);
        assertThat(outbox.finished()).hasSize(2);
    }
}
