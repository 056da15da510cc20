package io.gondola.scheduler.core;

import static io.gondola.scheduler.core.RequestBuilder.SECOND;
import static io.gondola.scheduler.core.RequestBuilder.ref;
import static io.gondola.scheduler.core.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.Rejection.Reason;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.WaitReason;
import io.gondola.scheduler.core.Effect.End;
import java.util.List;
import org.junit.jupiter.api.Test;

class CancellationAndDeadlineTest {

    private static CoreWorld busyWorld() {
        return new CoreWorld(SchedulerLimits.defaults()).join("w", 1, 1_000).submit(request(1));
    }

    @Test
    void cancelledWhileQueuedItNeverTakesASlot() {
        CoreWorld world = busyWorld().submit(request(2)).submit(request(3));
        world.cancel(ref(2, 0));
        assertThat(world.rejection().reason()).isEqualTo(Reason.CANCELLED);
        assertThat(world.ended()).containsExactly(new Effect.Ended(ref(2, 0), End.CANCELLED));
        assertThat(world.finish("w", ref(1, 0)).boarded()).containsExactly("w:3");
    }

    @Test
    void cancelledWhileAboardItsSlotIsFreeWhenTheWorkerSaysSo() {
        CoreWorld world = busyWorld().submit(request(2)).cancel(ref(1, 0));
        assertThat(world.toWorker(ToWorker.Revoke.class))
                .containsExactly(new ToWorker.Revoke(RequestBuilder.MODEL, List.of(ref(1, 0))));
        assertThat(world.boarded()).isEmpty();
        assertThat(world.core.gauges().sequencesRunning()).isZero();
        assertThat(world.core.gauges().slotsUsed()).isEqualTo(1);
        assertThat(world.cancel(ref(1, 0)).toWorker(ToWorker.Revoke.class)).hasSize(1);
        assertThat(world.finish("w", ref(1, 0)).boarded()).containsExactly("w:2");
    }

    @Test
    void aRevokedSequenceIsNotLostWithItsWorker() {
        CoreWorld world = busyWorld().cancel(ref(1, 0)).leave("w");
        assertThat(world.toGateway(ToGateway.AttemptLost.class)).isEmpty();
        assertThat(world.ended()).containsExactly(new Effect.Ended(ref(1, 0), End.CANCELLED));
    }

    @Test
    void cancelsOfUnknownEndedAndStaleAttemptsAreIgnored() {
        CoreWorld world = busyWorld();
        assertThat(world.cancel(ref(99, 0)).effects).isEmpty();
        world.leave("w").join("w", 1, 1_000).submit(request(1).attempt(1));
        assertThat(world.cancel(ref(1, 0)).effects).as("stale").isEmpty();
        world.finish("w", ref(1, 1));
        assertThat(world.cancel(ref(1, 1)).effects).as("ended").isEmpty();
    }

    private static Effect lost(long number, int attempt) {
        return new Effect.TellGateway("gw", new ToGateway.AttemptLost(CoreWorld.EPOCH, List.of(ref(number, attempt))));
    }

    @Test
    void aCancelThatOvertakesItsSubmitWins() {
        CoreWorld world = busyWorld().cancel(ref(2, 0)).submit(request(2));
        assertThat(world.effects).containsExactly(lost(2, 0));
        assertThat(world.core.gauges().queueRequests()).isZero();
    }

    @Test
    void aCancelOfANewerAttemptTakesTheOlderAlong() {
        CoreWorld world = busyWorld().cancel(ref(1, 1));
        assertThat(world.toWorker(ToWorker.Revoke.class)).hasSize(1);
        assertThat(world.submit(request(1).attempt(1)).effects).containsExactly(lost(1, 1));
        assertThat(world.core.gauges().queueRequests()).isZero();
    }

    @Test
    void theSameSubmitTwiceIsAnsweredTwiceAndRunsOnce() {
        CoreWorld world = busyWorld().submit(request(2));
        world.submit(request(2));
        assertThat(world.toGateway(ToGateway.Accepted.class)).hasSize(1);
        assertThat(world.core.gauges().queueRequests()).isEqualTo(1);
        world.submit(request(1));
        assertThat(world.toGateway(ToGateway.Accepted.class)).hasSize(1);
        world.finish("w", ref(1, 0));
        assertThat(world.submit(request(1)).effects).as("ended").containsExactly(lost(1, 0));
    }

    @Test
    void aNewerAttemptReplacesAnOlderThatWaits() {
        CoreWorld world = busyWorld().submit(request(2));
        world.submit(request(2).attempt(1));
        assertThat(world.ended()).containsExactly(new Effect.Ended(ref(2, 0), End.REPLACED));
        assertThat(world.core.gauges().queueRequests()).isEqualTo(1);
        assertThat(world.submit(request(2)).effects).as("the older again").isEmpty();
        world.finish("w", ref(1, 0));
        assertThat(world.toWorker(ToWorker.Admit.class)
                        .get(0)
                        .generations()
                        .get(0)
                        .ref())
                .isEqualTo(ref(2, 1));
    }

    @Test
    void aNewerAttemptRevokesAnOlderThatRuns() {
        CoreWorld world = busyWorld().submit(request(1).attempt(1));
        assertThat(world.toWorker(ToWorker.Revoke.class)).hasSize(1);
        world.finish("w", ref(1, 0));
        assertThat(world.boarded()).containsExactly("w:1");
        world.finish("w", ref(1, 1)).checkAllEnded();
    }

    @Test
    void theEndOfAnOlderAttemptIsNotThatOfTheNewer() {
        CoreWorld world = busyWorld().submit(request(1).attempt(1)).submit(request(2));
        world.finish("w", ref(1, 0));
        assertThat(world.cancel(ref(1, 1)).toWorker(ToWorker.Revoke.class)).hasSize(1);
        assertThat(world.finish("w", ref(1, 1)).boarded()).containsExactly("w:2");
    }

    @Test
    void theDeadlineIsKeptInTheQueueToTheNanosecond() {
        CoreWorld world = busyWorld().at(5).submit(request(2).timeout(10 * SECOND));
        assertThat(world.core.nextDueNanos()).isEqualTo(10 * SECOND + 5);
        assertThat(world.timePasses(10 * SECOND + 4).effects).isEmpty();
        world.timePasses(10 * SECOND + 5);
        assertThat(world.rejection().reason()).isEqualTo(Reason.DEADLINE);
        assertThat(world.rejection().waitReason()).isEqualTo(WaitReason.NO_SLOT);
        assertThat(world.core.nextDueNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aSlotThatComesFreeAfterTheDeadlineIsNotForTheLate() {
        CoreWorld world = busyWorld().submit(request(2).timeout(SECOND));
        world.at(SECOND).finish("w", ref(1, 0));
        assertThat(world.boarded()).isEmpty();
        assertThat(world.rejection().reason()).isEqualTo(Reason.DEADLINE);
    }

    @Test
    void theWorkerIsToldWhatIsLeftOfTheTimeout() {
        CoreWorld world = busyWorld().submit(request(2).timeout(10 * SECOND));
        world.at(3 * SECOND).finish("w", ref(1, 0));
        assertThat(world.toWorker(ToWorker.Admit.class)
                        .get(0)
                        .generations()
                        .get(0)
                        .timeoutNanos())
                .isEqualTo(7 * SECOND);
    }

    @Test
    void anEndlessTimeoutOverflowsNothing() {
        CoreWorld world = busyWorld().at(5).submit(request(2).timeout(Long.MAX_VALUE));
        assertThat(world.core.nextDueNanos()).isEqualTo(Long.MAX_VALUE);
        assertThat(world.finish("w", ref(1, 0)).boarded()).containsExactly("w:2");
    }

    @Test
    void aClockThatStepsBackStandsStill() {
        CoreWorld world = busyWorld().at(10 * SECOND).submit(request(2).timeout(SECOND));
        List<Effect> effects = world.core.on(new SchedulerEvent.TimePassed(), SECOND);
        assertThat(effects).isEmpty();
        assertThat(world.core.nextDueNanos()).isEqualTo(11 * SECOND);
    }

    @Test
    void finishAndCancelMayCross() {
        CoreWorld world = busyWorld().finish("w", ref(1, 0));
        assertThat(world.cancel(ref(1, 0)).effects).isEmpty();
        CoreWorld other = busyWorld().cancel(ref(1, 0)).finish("w", ref(1, 0));
        assertThat(other.ended()).containsExactly(new Effect.Ended(ref(1, 0), End.FINISHED));
        other.checkAllEnded();
    }
}
