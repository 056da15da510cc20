package io.gondola.scheduler.inference;

import static io.gondola.scheduler.inference.BatchingWorld.batching;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.Rejection.Reason;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.ModelStatistics.Spent;
import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An owner that begins, hears of what is there, and of processes that go; and gateways that ask after what they lost. */
class OwnerLifeTest {

    private static final InferenceLimits LIMITS = InferenceLimits.defaults();

    private final BatchingWorld world = new BatchingWorld(LIMITS);

    private List<Long> notHere() {
        return world.effects.stream()
                .filter(effect -> effect instanceof InferenceEffect.TellGateway tell
                        && tell.message() instanceof ToInferenceGateway.NotHere)
                .map(effect -> (ToInferenceGateway.NotHere) ((InferenceEffect.TellGateway) effect).message())
                .flatMap(message -> message.ids().stream())
                .map(InferenceId::low)
                .toList();
    }

    private void inquire(long... numbers) {
        world.tell(new ToInferenceScheduler.Inquire(
                "gw",
                java.util.Arrays.stream(numbers)
                        .mapToObj(number -> new InferenceId(0, number))
                        .toList()));
    }

    @Test
    void everybodyHearsOfItWhenItBegins() {
        world.present("a");
        assertThat(world.effects)
                .contains(new InferenceEffect.TellWorkers(new ToInferenceWorker.TellModels()))
                .anySatisfy(effect -> assertThat(effect).isInstanceOf(InferenceEffect.TellGateways.class));
        assertThat(world.lastModels().isComplete()).isFalse();
    }

    @Test
    void whatItDoesNotKnowYetIsKeptUntilAWorkerHasIt() {
        world.present("a", "b");
        world.submit(1, 2);
        assertThat(world.refusals).isEmpty();
        inquire(1, 2, 3);
        assertThat(notHere()).containsExactly(3L);
        world.worker("a", batching(8));
        assertThat(world.lastRun().numbers()).containsExactly(1L);
        world.finish(world.lastRun());
        world.passMillis(5);
        assertThat(world.lastRun().numbers()).containsExactly(2L);
    }

    @Test
    void whenAllWorkersHaveSpokenWhatIsUnknownIsRefused() {
        world.present("a", "b");
        world.submit(1);
        world.worker("a", batching(8));
        world.finish(world.lastRun());
        world.tell(new ToInferenceScheduler.Submit(world.ask(2).version(9).request()));
        world.alive("a");
        assertThat(world.refusals).isEmpty();
        assertThat(world.lastModels().isComplete()).isFalse();
        // The other worker has a repository without a model.
        world.tell(new ToInferenceScheduler.WorkerAlive("b", List.of()));
        assertThat(world.refusals).singleElement().satisfies(refusal -> {
            assertThat(refusal.number()).isEqualTo(2);
            assertThat(refusal.rejection().reason()).isEqualTo(Reason.UNKNOWN_MODEL);
        });
        assertThat(world.lastModels().isComplete()).isTrue();
        assertThat(world.lastModels().workers()).containsExactly("a", "b");
    }

    @Test
    void aWorkerThatNeverSpeaksIsNotWaitedForForEver() {
        world.present("a");
        world.submit(1);
        world.passMillis(LIMITS.absence().youngNanos() / (double) BatchingWorld.MILLI - 1);
        assertThat(world.refusals).isEmpty();
        world.passMillis(1);
        assertThat(world.refusals)
                .singleElement()
                .satisfies(refusal -> assertThat(refusal.rejection().reason()).isEqualTo(Reason.UNKNOWN_MODEL));
    }

    @Test
    void oneThatIsCancelledEarlyNeverRuns() {
        world.present("a");
        world.submit(1);
        world.cancel(1);
        world.worker("a", batching(8));
        assertThat(world.runs).isEmpty();
    }

    @Test
    void whatIsSubmittedAgainRunsOnce() {
        world.worker("a", batching(1)).submit(1, 2);
        world.submit(1, 2);
        world.finish(world.lastRun());
        world.finish(world.lastRun());
        assertThat(world.runs).hasSize(2);
        inquire(1, 2);
        assertThat(notHere()).containsExactly(1L, 2L);
    }

    @Test
    void whatALostGatewayWaitedForIsNotComputed() {
        world.worker("a", batching(1)).submit(1, 2, 3);
        world.gatewayLost("gw");
        world.finish(world.lastRun());
        assertThat(world.runs).hasSize(1);
        assertThat(world.core().gauges().get(BatchingWorld.MODEL).demand()).isZero();
    }

    @Test
    void aWorkerThatDrainsFinishesAndTheVersionStaysKnown() {
        world.worker("a", batching(1)).submit(1, 2);
        world.tell(new ToInferenceScheduler.ModelDraining("a", BatchingWorld.MODEL, 1));
        world.submit(3);
        assertThat(world.lastModels().models()).singleElement().satisfies(status -> assertThat(status.workers())
                .isZero());
        world.finish(world.lastRun());
        assertThat(world.effects)
                .contains(new InferenceEffect.TellWorker("a", new ToInferenceWorker.Released(BatchingWorld.MODEL, 1)));
        assertThat(world.runs).hasSize(1);
        world.worker("b", batching(8));
        assertThat(world.lastRun().workerId()).isEqualTo("b");
        assertThat(world.lastRun().numbers()).containsExactly(2L, 3L);
        assertThat(world.refusals).isEmpty();
    }

    @Test
    void aVersionThatNobodyHasHadForLongIsForgotten() {
        world.worker("a", batching(8));
        world.tell(new ToInferenceScheduler.WorkerGone("a"));
        assertThat(world.lastModels().models()).hasSize(1);
        world.passMillis(LIMITS.absence().forgottenNanos() / (double) BatchingWorld.MILLI + 1_000);
        assertThat(world.lastModels().models()).isEmpty();
    }

    @Test
    void anOwnerThatSleptBlamesNobody() {
        world.worker("a", batching(8)).submit(1);
        BatchingWorld.Run run = world.lastRun();
        world.sleepMillis(60_000);
        world.alive("a", run);
        world.passMillis(LIMITS.loss().workerSilenceNanosMax() / (double) BatchingWorld.MILLI - 1);
        assertThat(world.core().gauges().get(BatchingWorld.MODEL).workers()).isOne();
        assertThat(world.runs).hasSize(1);
    }

    @Test
    void statisticsAreThoseOfAllWorkersAndOfWhatNeverCameToOne() {
        world.worker("a", batching(8)).worker("b", batching(8));
        world.tell(new ToInferenceScheduler.WorkerAlive(
                "a", List.of(new ToInferenceScheduler.Running(BatchingWorld.MODEL, 1, List.of(), counted(3, 2)))));
        world.tell(new ToInferenceScheduler.WorkerAlive(
                "b", List.of(new ToInferenceScheduler.Running(BatchingWorld.MODEL, 1, List.of(), counted(5, 4)))));
        world.ask(1).rows(9).submit();
        world.passMillis(1_000);
        ModelStatistics all = world.lastModels().models().get(0).statistics();
        assertThat(all.rows()).isEqualTo(8);
        assertThat(all.runs()).isEqualTo(6);
        assertThat(all.succeeded()).isEqualTo(new Spent(2, 20));
        assertThat(all.failed().count()).isOne();
        assertThat(all.batches()).containsExactly(new ModelStatistics.Batches(4, 2, 2, 4, 6));
    }

    private static ModelStatistics counted(long rows, long runs) {
        Spent one = new Spent(1, 10);
        return new ModelStatistics(
                rows,
                runs,
                1,
                one,
                Spent.NONE,
                one,
                one,
                one,
                one,
                List.of(new ModelStatistics.Batches(4, 1, 1, 2, 3)));
    }
}
