package io.gondola.scheduler.core;

import static io.gondola.scheduler.core.RequestBuilder.ref;
import static io.gondola.scheduler.core.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.QueueWait;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.WaitReason;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitReasonTest {

    private static CoreWorld world() {
        return new CoreWorld(SchedulerLimits.defaults());
    }

    private static List<WaitReason> reasons(CoreWorld world) {
        return world.effects.stream()
                .filter(Effect.Boarded.class::isInstance)
                .map(effect -> ((Effect.Boarded) effect).waitReason())
                .toList();
    }

    @Test
    void whoBoardsAtOnceWaitedForNothing() {
        assertThat(reasons(world().join("w", 1, 100).submit(request(1)))).containsExactly(WaitReason.NONE);
    }

    @Test
    void whoCameBeforeTheWorkerWaitedForTheColdStart() {
        CoreWorld world = world().submit(request(1)).at(5).join("w", 1, 100);
        assertThat(reasons(world)).containsExactly(WaitReason.COLD_START);
        world.at(6).submit(request(2)).at(7).leave("w").at(9).join("w", 2, 100);
        assertThat(reasons(world)).containsExactly(WaitReason.COLD_START);
    }

    @Test
    void whoWaitedInTurnWaitedForASlot() {
        CoreWorld world = world().join("w", 1, 100).submit(request(1)).submit(request(2));
        assertThat(reasons(world.at(5).finish("w", ref(1, 0)))).containsExactly(WaitReason.NO_SLOT);
    }

    @Test
    void theWorkerIsToldTheWaitWithEachThatBoards() {
        CoreWorld world = world().submit(request(1)).at(3).submit(request(2)).at(5);
        assertThat(world.join("w", 2, 1_000).toWorker(ToWorker.Admit.class))
                .singleElement()
                .satisfies(admit -> assertThat(admit.waits())
                        .containsExactly(
                                new QueueWait(5, WaitReason.COLD_START), new QueueWait(2, WaitReason.COLD_START)));
    }

    @Test
    void whoWasOvertakenWaitedForFairness() {
        CoreWorld world = world().join("w", 1, 100).submit(request(1)).submit(request(2));
        world.submit(request(3).of(RequestClass.INTERACTIVE));
        assertThat(reasons(world.at(5).finish("w", ref(1, 0)))).containsExactly(WaitReason.NO_SLOT);
        assertThat(reasons(world.at(6).finish("w", ref(3, 0)))).containsExactly(WaitReason.FAIRNESS);
    }

    @Test
    void whoDidNotFitWaitedForKvRoom() {
        CoreWorld world = world().join("w", 4, 100, 150).submit(request(1).tokens(40, 60));
        world.submit(request(2).tokens(40, 60));
        assertThat(reasons(world.at(5).finish("w", ref(1, 0)))).containsExactly(WaitReason.NO_KV_ROOM);
    }
}
