package io.gondola.scheduler.core;

import static io.gondola.scheduler.core.RequestBuilder.ref;
import static io.gondola.scheduler.core.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import io.gondola.scheduler.core.Effect.End;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreemptionTest {

    /** Two slots, both held by batch work. */
    private static CoreWorld batchWorld() {
        return new CoreWorld(SchedulerLimits.defaults())
                .join("w", 2, 100)
                .submit(request(1).of(RequestClass.BATCH))
                .submit(request(2).of(RequestClass.BATCH));
    }

    private static List<GenerationRef> revoked(CoreWorld world) {
        return world.toWorker(ToWorker.Revoke.class).stream()
                .flatMap(revoke -> revoke.refs().stream())
                .toList();
    }

    private static CoreWorld letGo(CoreWorld world, GenerationRef ref) {
        return world.on(new ToScheduler.StepReport(
                "w",
                RequestBuilder.MODEL,
                1,
                0,
                0,
                0,
                0,
                List.of(new ToScheduler.Finished(ref, FinishReason.CANCELLED, 3))));
    }

    @Test
    void interactiveWorkTakesTheSlotOfTheNewestBatchWork() {
        CoreWorld world = batchWorld().submit(request(3).of(RequestClass.INTERACTIVE));
        assertThat(revoked(world)).containsExactly(ref(2, 0));
        letGo(world, ref(2, 0));
        assertThat(world.boarded()).containsExactly("w:3");
        assertThat(world.ended()).containsExactly(new Effect.Ended(ref(2, 0), End.PREEMPTED));
        assertThat(world.toGateway(ToGateway.AttemptLost.class))
                .containsExactly(new ToGateway.AttemptLost(CoreWorld.EPOCH, List.of(ref(2, 0))));
    }

    @Test
    void noMoreSlotsAreTakenThanInteractiveWorkNeeds() {
        CoreWorld world = batchWorld().submit(request(3).of(RequestClass.INTERACTIVE));
        assertThat(world.timePasses(5).effects).isEmpty();
        assertThat(revoked(world.submit(request(4).of(RequestClass.INTERACTIVE))))
                .containsExactly(ref(1, 0));
        assertThat(revoked(world.submit(request(5).of(RequestClass.INTERACTIVE))))
                .isEmpty();
    }

    @Test
    void aSlotThatIsBeingFreedAlreadyIsWaitedFor() {
        CoreWorld world = batchWorld().cancel(ref(1, 0));
        assertThat(revoked(world.submit(request(3).of(RequestClass.INTERACTIVE))))
                .isEmpty();
    }

    @Test
    void standardWorkTakesNobodysSlotAndLosesNone() {
        assertThat(revoked(batchWorld().submit(request(3).of(RequestClass.STANDARD))))
                .isEmpty();
        CoreWorld world =
                new CoreWorld(SchedulerLimits.defaults()).join("w", 1, 100).submit(request(1));
        assertThat(revoked(world.submit(request(3).of(RequestClass.INTERACTIVE))))
                .isEmpty();
    }

    @Test
    void aGenerationIsPreemptedAtMostSoOften() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults())
                .join("w", 1, 100)
                .submit(request(1).of(RequestClass.BATCH).attempt(2));
        assertThat(revoked(world.submit(request(3).of(RequestClass.INTERACTIVE))))
                .isEmpty();
    }

    @Test
    void onlyAVictimWhosePlaceIsLargeEnoughIsTaken() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults())
                .join("small", 1, 50)
                .join("large", 1, 100)
                .submit(request(1).of(RequestClass.BATCH).tokens(20, 40))
                .submit(request(2).of(RequestClass.BATCH).tokens(10, 10));
        assertThat(world.boarded()).containsExactly("small:2");
        assertThat(revoked(world.submit(request(3).of(RequestClass.INTERACTIVE).tokens(40, 40))))
                .containsExactly(ref(1, 0));
    }

    @Test
    void aPreemptedGenerationThatEndedByItselfIsFinished() {
        CoreWorld world = batchWorld().submit(request(3).of(RequestClass.INTERACTIVE));
        world.finish("w", ref(2, 0));
        assertThat(world.ended()).containsExactly(new Effect.Ended(ref(2, 0), End.FINISHED));
        assertThat(world.toGateway(ToGateway.AttemptLost.class)).isEmpty();
    }

    @Test
    void aPreemptedGenerationThatIsCancelledGoesNowhere() {
        CoreWorld world = batchWorld().submit(request(3).of(RequestClass.INTERACTIVE));
        world.cancel(ref(2, 0));
        letGo(world, ref(2, 0));
        assertThat(world.ended()).containsExactly(new Effect.Ended(ref(2, 0), End.FINISHED));
        assertThat(world.toGateway(ToGateway.AttemptLost.class)).isEmpty();
    }

    @Test
    void theNextAttemptMayComeBeforeTheWorkersWord() {
        CoreWorld world = batchWorld().submit(request(3).of(RequestClass.INTERACTIVE));
        world.submit(request(2).attempt(1).of(RequestClass.BATCH).generated(3));
        letGo(world, ref(2, 0));
        assertThat(world.boarded()).containsExactly("w:3");
        assertThat(world.toGateway(ToGateway.AttemptLost.class)).isEmpty();
        assertThat(world.finish("w", ref(3, 0)).boarded()).containsExactly("w:2");
    }

    @Test
    void theTenantIsNotChargedTwiceForThePromptOfAPreemptedGeneration() {
        CoreWorld world =
                new CoreWorld(SchedulerLimits.defaults()).join("w", 1, 1_000).submit(request(8));
        for (int id = 2; id <= 5; id++) {
            world.submit(request(id).of(RequestClass.BATCH).tenant("b").tokens(10, 10));
        }
        world.submit(request(1).of(RequestClass.BATCH).tenant("a").tokens(400, 10));
        assertThat(world.finish("w", ref(8, 0)).boarded()).containsExactly("w:2");
        assertThat(world.finish("w", 10, ref(2, 0)).boarded()).containsExactly("w:1");
        world.submit(request(9).of(RequestClass.INTERACTIVE));
        assertThat(letGo(world, ref(1, 0)).boarded()).containsExactly("w:9");
        world.submit(request(1)
                .attempt(1)
                .of(RequestClass.BATCH)
                .tenant("a")
                .tokens(400, 10)
                .generated(3));
        // Both tenants stand at 30 now, and "b" has waited longer; then it is the turn of "a".
        assertThat(world.finish("w", 10, ref(9, 0)).boarded()).containsExactly("w:3");
        assertThat(world.finish("w", 10, ref(3, 0)).boarded()).containsExactly("w:1");
    }

    @Test
    void aPreemptedGenerationIsLostWithItsWorkerOnce() {
        CoreWorld world =
                batchWorld().submit(request(3).of(RequestClass.INTERACTIVE)).leave("w");
        assertThat(world.toGateway(ToGateway.AttemptLost.class))
                .containsExactly(new ToGateway.AttemptLost(CoreWorld.EPOCH, List.of(ref(1, 0), ref(2, 0))));
    }
}
