package io.gondola.scheduler.inference;

import static io.gondola.scheduler.inference.BatchingWorld.batching;
import static io.gondola.scheduler.inference.BatchingWorld.withInstances;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.Rejection.Reason;
import io.gondola.protocol.inference.LoadOrigin;
import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Workers that come, go, fall silent and lose messages, and versions that take over from one another. */
class WorkerChangeTest {

    private final BatchingWorld world = new BatchingWorld();

    private List<ToInferenceWorker> told(String workerId) {
        return world.effects.stream()
                .filter(effect -> effect instanceof InferenceEffect.TellWorker tell
                        && tell.workerId().equals(workerId))
                .map(effect -> ((InferenceEffect.TellWorker) effect).message())
                .filter(message -> !(message instanceof ToInferenceWorker.RunBatch))
                .toList();
    }

    private List<Long> versionsTold() {
        List<ToInferenceGateway.Models> told = world.effects.stream()
                .filter(effect -> effect instanceof InferenceEffect.TellGateways)
                .map(effect -> (ToInferenceGateway.Models) ((InferenceEffect.TellGateways) effect).message())
                .toList();
        return told.get(told.size() - 1).models().stream()
                .map(status -> status.model().version())
                .toList();
    }

    @Test
    void aLostWorkersInferencesRunElsewhereInTheirOrder() {
        world.worker("a", batching(2)).submit(1, 2, 3);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(2L, 3L);
        world.submit(4);
        world.tell(new ToInferenceScheduler.WorkerGone("a"));
        assertThat(world.refusals).isEmpty();
        world.worker("b", batching(2));
        assertThat(world.lastRun().workerId()).isEqualTo("b");
        assertThat(world.lastRun().numbers()).containsExactly(2L, 3L);
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(4L);
    }

    @Test
    void whatLosesWorkerAfterWorkerIsGivenUp() {
        world.submit();
        int runsMax = InferenceLimits.defaults().loss().runsMax();
        world.worker("w0", batching(8)).submit(1);
        for (int i = 0; i < runsMax; i++) {
            world.worker("w" + (i + 1), batching(8));
            assertThat(world.refusals).isEmpty();
            world.tell(new ToInferenceScheduler.WorkerGone("w" + i));
        }
        assertThat(world.refusals)
                .singleElement()
                .satisfies(refusal -> assertThat(refusal.rejection().reason()).isEqualTo(Reason.WORKERS_LOST));
        assertThat(world.runs).hasSize(runsMax);
    }

    @Test
    void aWorkerThatFallsSilentIsGone() {
        world.worker("a", batching(8)).submit(1);
        BatchingWorld.Run run = world.lastRun();
        for (int i = 0; i < 30; i++) {
            world.passMillis(1_000);
            world.alive("a", run);
        }
        assertThat(world.core().gauges().get(BatchingWorld.MODEL).workers()).isOne();
        world.passMillis(InferenceLimits.defaults().loss().workerSilenceNanosMax() / (double) BatchingWorld.MILLI);
        assertThat(world.core().gauges().get(BatchingWorld.MODEL).workers()).isZero();
        assertThat(world.core().gauges().get(BatchingWorld.MODEL).waiting()).isOne();
    }

    @Test
    void aBatchThatGotLostOnTheWayIsSentAgain() {
        world.worker("a", batching(8)).submit(1);
        world.takeRuns();
        for (int i = 0; i < InferenceLimits.defaults().loss().reportsMissedMax(); i++) {
            assertThat(world.runs).isEmpty();
            world.passMillis(1_000.5);
            world.alive("a");
        }
        assertThat(world.takeRuns()).extracting(BatchingWorld.Run::numbers).containsExactly(List.of(1L));
    }

    @Test
    void aBatchThatItsWorkerNamesIsLeftAlone() {
        world.worker("a", batching(8)).submit(1);
        BatchingWorld.Run run = world.lastRun();
        world.takeRuns();
        for (int i = 0; i < 20; i++) {
            world.passMillis(1_000.5);
            world.alive("a", run);
        }
        assertThat(world.runs).isEmpty();
    }

    @Test
    void aWorkerThatIsNotKnownIsAskedWhatItHas() {
        world.alive("stranger");
        assertThat(told("stranger")).containsExactly(new ToInferenceWorker.TellModels());
    }

    @Test
    void anAnswerToABatchOfAnotherLifeMeansNothing() {
        world.worker("a", batching(8)).submit(1);
        BatchingWorld.Run old = world.lastRun();
        world.tell(new ToInferenceScheduler.WorkerGone("a"));
        world.worker("a", batching(8));
        assertThat(world.lastRun().message().batchId())
                .isNotEqualTo(old.message().batchId());
        world.submit(2);
        world.takeRuns();
        world.finish(old);
        assertThat(world.runs).isEmpty();
    }

    @Test
    void withoutAWorkerRequestsAreHeldForAWhile() {
        world.worker("a", batching(8));
        world.tell(new ToInferenceScheduler.WorkerGone("a"));
        world.submit(1);
        double heldMillis = InferenceLimits.defaults().absence().heldNanosMax() / (double) BatchingWorld.MILLI;
        world.passMillis(heldMillis - 1);
        assertThat(world.refusals).isEmpty();
        world.submit(2);
        world.passMillis(1);
        assertThat(world.refusals).singleElement().satisfies(refusal -> {
            assertThat(refusal.number()).isEqualTo(1);
            assertThat(refusal.rejection().reason()).isEqualTo(Reason.NO_WORKER);
        });
        world.worker("b", batching(8));
        assertThat(world.lastRun().numbers()).containsExactly(2L);
    }

    @Test
    void aNewVersionTakesOverWithoutARefusal() {
        world.worker("w", 1, batching(1)).submit(1, 2);
        world.worker("w", 2, batching(1));
        world.submit(3);
        assertThat(world.lastRun().message().version()).isEqualTo(2);
        world.tell(new ToInferenceScheduler.ModelLeaving("w", BatchingWorld.MODEL, 1));
        assertThat(versionsTold()).containsExactly(2L);
        assertThat(told("w")).doesNotHaveAnyElementsOfTypes(ToInferenceWorker.Released.class);
        BatchingWorld.Run first = world.runs.get(0);
        world.finish(first);
        assertThat(world.lastRun().numbers()).as("what waited for version 1").containsExactly(2L);
        assertThat(world.lastRun().message().version()).isEqualTo(1);
        world.submit(4);
        world.finish(world.lastRun());
        assertThat(told("w")).endsWith(new ToInferenceWorker.Released(BatchingWorld.MODEL, 1));
        assertThat(world.refusals).isEmpty();
        world.ask(5).version(1).submit();
        assertThat(world.refusals).hasSize(1);
    }

    @Test
    void aVersionThatLeavesOneWorkerStaysWithTheOthers() {
        world.worker("a", batching(1)).worker("b", batching(1)).submit(1, 2, 3);
        world.tell(new ToInferenceScheduler.ModelLeaving("a", BatchingWorld.MODEL, 1));
        BatchingWorld.Run onA = world.runs.get(0);
        assertThat(onA.workerId()).isEqualTo("a");
        world.finish(onA);
        assertThat(told("a")).endsWith(new ToInferenceWorker.Released(BatchingWorld.MODEL, 1));
        assertThat(world.runs).hasSize(2);
        world.finish(world.runs.get(1));
        assertThat(world.lastRun().workerId()).isEqualTo("b");
        assertThat(world.lastRun().numbers()).containsExactly(3L);
    }

    @Test
    void releaseIsSaidAgainToWhoDidNotHearIt() {
        world.worker("w", batching(1));
        world.tell(new ToInferenceScheduler.ModelLeaving("w", BatchingWorld.MODEL, 1));
        world.tell(new ToInferenceScheduler.ModelLeaving("w", BatchingWorld.MODEL, 1));
        assertThat(told("w").stream().filter(message -> message instanceof ToInferenceWorker.Released))
                .hasSize(2);
    }

    @Test
    void aWorkerOfOtherFilesIsRefusedUntilThoseThatServeAreGone() {
        world.worker("a", 1, batching(1), new LoadOrigin("files", "", 0));
        world.worker("b", 1, batching(1), new LoadOrigin("others", "", 0));
        assertThat(told("b")).singleElement().satisfies(message -> {
            assertThat(message).isInstanceOf(ToInferenceWorker.Refused.class);
            assertThat(((ToInferenceWorker.Refused) message).reason())
                    .contains("worker a")
                    .contains("others")
                    .contains("files");
        });
        world.submit(1, 2);
        assertThat(world.runs).extracting(BatchingWorld.Run::workerId).containsExactly("a");
        world.tell(new ToInferenceScheduler.WorkerGone("a"));
        world.worker("b", 1, batching(1), new LoadOrigin("others", "", 0));
        assertThat(told("b")).endsWith(new ToInferenceWorker.Welcome(BatchingWorld.MODEL, 1));
        assertThat(world.lastRun().workerId()).isEqualTo("b");
        assertThat(world.refusals).isEmpty();
    }

    @Test
    void whoJoinsLoadsWithWhatAnOperatorAskedFor() {
        world.worker("a", 1, batching(1), new LoadOrigin("files+s", "s", 70));
        world.worker("b", 1, batching(1), new LoadOrigin("files", "", 0));
        assertThat(told("b")).containsExactly(new ToInferenceWorker.LoadAgain(BatchingWorld.MODEL, "s", 70));
        world.worker("c", 2, batching(1), new LoadOrigin("files", "", 0));
        assertThat(told("c")).as("of another version").hasOnlyElementsOfType(ToInferenceWorker.LoadAgain.class);
        assertThat(versionsTold()).containsExactly(1L);
        world.tell(new ToInferenceScheduler.WorkerGone("a"));
        world.worker("b", 1, batching(1), new LoadOrigin("files", "", 0));
        assertThat(told("b")).as("also when nobody has it").hasOnlyElementsOfType(ToInferenceWorker.LoadAgain.class);
        world.worker("b", 1, batching(1), new LoadOrigin("files+s", "s", 70));
        assertThat(told("b")).endsWith(new ToInferenceWorker.Welcome(BatchingWorld.MODEL, 1));
    }

    @Test
    void whenAnOperatorLoadsAgainTheNewFilesCountAndWhoHasOthersLeaves() {
        world.worker("a", batching(1)).worker("b", batching(1)).submit(1, 2);
        world.worker("a", 1, batching(1), new LoadOrigin("newer", "", 70));
        assertThat(told("a")).endsWith(new ToInferenceWorker.Welcome(BatchingWorld.MODEL, 1));
        world.worker("b", 1, batching(1), new LoadOrigin("files", "", 70));
        assertThat(told("b").stream().filter(message -> message instanceof ToInferenceWorker.Refused))
                .hasSize(1);
        BatchingWorld.Run onB = world.runs.stream()
                .filter(run -> run.workerId().equals("b"))
                .findFirst()
                .orElseThrow();
        world.finish(onB);
        world.takeRuns();
        world.passMillis(5);
        world.submit(3, 4);
        world.passMillis(5);
        assertThat(world.runs).extracting(BatchingWorld.Run::workerId).doesNotContain("b");
        assertThat(world.refusals).isEmpty();
    }

    @Test
    void aModelLoadedAnewHasItsNewSettings() {
        world.worker("w", batching(1)).submit(1, 2, 3);
        world.worker("w", withInstances(batching(8), 2));
        assertThat(world.lastRun().numbers()).containsExactly(2L, 3L);
        world.worker("w", batching(8)).submit(4);
        world.finish(world.runs.get(0));
        assertThat(world.runs).as("one instance is left, and it is busy").hasSize(2);
        world.passMillis(5);
        world.finish(world.lastRun());
        assertThat(world.lastRun().numbers()).containsExactly(4L);
    }
}
