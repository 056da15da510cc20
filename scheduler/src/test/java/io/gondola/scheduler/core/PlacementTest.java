package io.gondola.scheduler.core;

import static io.gondola.scheduler.core.RequestBuilder.SECOND;
import static io.gondola.scheduler.core.RequestBuilder.ref;
import static io.gondola.scheduler.core.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.StepBudget;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlacementTest {

    private static CoreWorld world() {
        return new CoreWorld(SchedulerLimits.defaults());
    }

    @Test
    void aWorkerIsWelcomedWithItsStepBudget() {
        CoreWorld world = world().join("w", 4, 100);
        assertThat(world.toWorker(ToWorker.Welcome.class))
                .containsExactly(new ToWorker.Welcome(RequestBuilder.MODEL, new StepBudget(4, 512)));
    }

    @Test
    void aWorkerThatJoinsTwiceIsWelcomedTwiceAndKeepsItsSequences() {
        CoreWorld world = world().join("w", 1, 100).submit(request(1));
        world.join("w", 1, 100);
        assertThat(world.toWorker(ToWorker.Welcome.class)).hasSize(1);
        assertThat(world.core.gauges().slots()).isEqualTo(1);
        assertThat(world.core.gauges().slotsUsed()).isEqualTo(1);
    }

    @Test
    void workersBeyondTheLimitAndWorkersWithoutRoomAreNotTaken() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults().withMemory(new SchedulerLimits.Memory(1, 10, 10)));
        assertThat(world.join("none", 0, 100).toWorker(ToWorker.Refused.class)).hasSize(1);
        world.join("a", 1, 100);
        assertThat(world.join("b", 1, 100).toWorker(ToWorker.Refused.class)).hasSize(1);
        assertThat(world.core.gauges().workers()).isEqualTo(1);
    }

    @Test
    void theEmptiestWorkerIsBoardedFirst() {
        CoreWorld world = world().join("a", 4, 100).join("b", 4, 100);
        assertThat(world.submit(request(1)).boarded()).containsExactly("a:1");
        assertThat(world.submit(request(2)).boarded()).containsExactly("b:2");
        world.join("c", 4, 100);
        assertThat(world.submit(request(3)).boarded()).containsExactly("c:3");
        assertThat(world.finish("b", ref(2, 0)).submit(request(4)).boarded()).containsExactly("b:4");
    }

    /** One whose slots are half in use, long since settled. */
    private static CoreWorld settledWorld() {
        CoreWorld world = world().join("old", 8, 1_000);
        for (long id = 1; id <= 4; id++) {
            world.submit(request(id));
        }
        return world.at(100 * SECOND);
    }

    private static List<String> boardedBy(CoreWorld world, long firstId, int count) {
        List<String> boarded = new ArrayList<>();
        for (long id = firstId; id < firstId + count; id++) {
            boarded.addAll(world.submit(request(id)).boarded());
        }
        return boarded;
    }

    @Test
    void aWorkerThatJustJoinedIsNotOverrun() {
        CoreWorld world = settledWorld().join("new", 8, 1_000);
        assertThat(boardedBy(world, 10, 3)).as("one, at once").containsExactly("new:10", "old:11", "old:12");
        world.at(world.nowNanos + 3 * SECOND);
        // Three of the five seconds have passed: up to 60 % of eight slots and one, while the other is at three
        // quarters.
        assertThat(boardedBy(world, 20, 6)).containsExactly("new:20", "new:21", "new:22", "new:23", "old:24", "old:25");
        world.at(world.nowNanos + 2 * SECOND);
        assertThat(boardedBy(world, 30, 3)).containsExactly("new:30", "new:31", "new:32");
    }

    @Test
    void aWorkerThatJustJoinedTakesAllThatNobodyElseHasRoomFor() {
        CoreWorld world = settledWorld();
        boardedBy(world, 5, 6);
        assertThat(world.core.gauges().queueRequests()).isEqualTo(2);
        world.join("new", 8, 1_000);
        assertThat(world.boarded()).containsExactly("new:9", "new:10");
        assertThat(boardedBy(world, 20, 6)).allMatch(boarded -> boarded.startsWith("new:"));
        assertThat(world.core.gauges().slotsUsed()).isEqualTo(16);
    }

    @Test
    void aWorkerThatJustJoinedGetsTheNextRequestThoughAnotherHasItsBeginning() {
        CoreWorld world = world().join("old", 8, 1_000).at(100 * SECOND);
        int[] chat = IntStream.range(0, 40).toArray();
        world.submit(request(1).prompt(chat));
        assertThat(world.finish("old", ref(1, 0)).join("new", 8, 1_000).effects)
                .as("nobody waits")
                .noneMatch(Effect.Boarded.class::isInstance);
        assertThat(world.submit(request(2).prompt(chat)).boarded())
                .as("both are empty")
                .containsExactly("new:2");
        assertThat(world.submit(request(3).prompt(chat)).boarded())
                .as("both have the beginning, and the old one is empty")
                .containsExactly("old:3");
    }

    @Test
    void aWorkerThatJustJoinedGetsTheNextRequestThoughOthersAreAsEmpty() {
        CoreWorld world = world().join("old", 8, 1_000).at(100 * SECOND).submit(request(1));
        world.finish("old", ref(1, 0)).join("new", 8, 1_000);
        assertThat(world.submit(request(2)).boarded()).containsExactly("new:2");
        world.finish("new", ref(2, 0));
        assertThat(world.submit(request(3)).boarded()).as("as ever").containsExactly("old:3");
    }

    @Test
    void aWorkerThatJustJoinedAndIsTooSmallLeavesABeginningWhereItIs() {
        CoreWorld world = world().join("old", 8, 1_000).at(100 * SECOND);
        int[] chat = IntStream.range(0, 40).toArray();
        world.submit(request(1).prompt(chat));
        world.join("small", 8, 30);
        assertThat(world.submit(request(2).prompt(chat)).boarded()).containsExactly("old:2");
    }

    @Test
    void whoJoinsIsWelcomedAndThenGivenWhatWaitsAllAtOnce() {
        CoreWorld world = world().submit(request(1), request(2));
        world.join("w", 2, 100);
        assertThat(world.effects.stream()
                        .filter(Effect.TellWorker.class::isInstance)
                        .map(effect -> ((Effect.TellWorker) effect)
                                .message()
                                .getClass()
                                .getSimpleName()))
                .as("in the event of its first census, so that nothing has to happen in between")
                .containsExactly("Welcome", "Admit");
    }

    @Test
    void workersThatAllJustJoinedShareAsEver() {
        CoreWorld world = world().join("a", 2, 1_000).join("b", 2, 1_000);
        assertThat(boardedBy(world, 1, 4)).containsExactly("a:1", "b:2", "a:3", "b:4");
    }

    @Test
    void aPromptBoardsWhereItsBeginningIs() {
        CoreWorld world = world().join("a", 8, 1_000).join("b", 8, 1_000).at(100 * SECOND);
        int[] chat = IntStream.range(0, 40).toArray();
        assertThat(world.submit(request(1).prompt(chat)).boarded()).containsExactly("a:1");
        assertThat(world.submit(request(2)).boarded()).containsExactly("b:2");
        world.finish("a", ref(1, 0));
        world.finish("b", ref(2, 0));
        assertThat(world.submit(request(3)).boarded()).as("the emptiest").containsExactly("a:3");
        // "b" is emptier now, and "a" has the first 32 tokens.
        int[] goesOn = IntStream.range(0, 90).toArray();
        assertThat(world.submit(request(4).prompt(goesOn)).boarded()).containsExactly("a:4");
        int[] other = IntStream.range(1, 90).toArray();
        assertThat(world.submit(request(5).prompt(other)).boarded()).containsExactly("b:5");
    }

    @Test
    void aWorkerMuchFullerThanTheEmptiestIsNotPreferredForABeginning() {
        CoreWorld world = world().join("a", 8, 1_000).join("b", 8, 1_000).at(100 * SECOND);
        assertThat(boardedBy(world, 90, 2)).containsExactly("a:90", "b:91");
        world.finish("a", ref(90, 0)).finish("b", ref(91, 0));
        int[] chat = IntStream.range(0, 40).toArray();
        List<String> boarded = new ArrayList<>();
        for (long id = 1; id <= 8; id++) {
            boarded.addAll(world.submit(request(id).prompt(chat)).boarded());
        }
        // Up to a quarter of the slots beyond the emptiest; then the emptiest, which has the beginning too from then
        // on.
        assertThat(boarded).containsExactly("a:1", "a:2", "a:3", "b:4", "b:5", "b:6", "b:7", "a:8");
    }

    @Test
    void aBeginningOnAWorkerWithoutRoomOrGoneCountsForNothing() {
        CoreWorld world = world().join("a", 1, 1_000).join("b", 8, 1_000).at(100 * SECOND);
        int[] chat = IntStream.range(0, 40).toArray();
        assertThat(world.submit(request(1).prompt(chat)).boarded()).containsExactly("b:1");
        world.leave("b");
        assertThat(world.submit(request(2).prompt(chat)).boarded()).containsExactly("a:2");
        world.join("b", 8, 1_000);
        assertThat(world.submit(request(3).prompt(chat)).boarded()).containsExactly("b:3");
    }

    @Test
    void prefixesCanBeOff() {
        CoreWorld world = new CoreWorld(
                        SchedulerLimits.defaults().withPlacement(new SchedulerLimits.Placement(0, 100, 0)))
                .join("a", 8, 1_000)
                .join("b", 8, 1_000);
        int[] chat = IntStream.range(0, 40).toArray();
        assertThat(world.submit(request(1).prompt(chat)).boarded()).containsExactly("a:1");
        assertThat(world.submit(request(2).prompt(chat)).boarded()).containsExactly("b:2");
    }

    @Test
    void aWorkerThatDrainsKeepsWhatItHasAndGetsNothingNew() {
        CoreWorld world = world().join("a", 4, 100).submit(request(1)).drain("a");
        assertThat(world.submit(request(2)).boarded()).isEmpty();
        assertThat(world.core.gauges().slotsUsed()).isEqualTo(1);
        // Not when a slot of it becomes free either.
        assertThat(world.finish("a", ref(1, 0)).boarded()).isEmpty();
        assertThat(world.join("b", 1, 100).boarded()).containsExactly("b:2");
    }

    @Test
    void anUnknownWorkerMayDrain() {
        assertThat(world().drain("nobody").effects).isEmpty();
    }

    @Test
    void severalAdmissionsToAWorkerAreOneMessage() {
        CoreWorld world = world().join("a", 2, 100).join("b", 2, 100);
        world.submit(request(1), request(2), request(3), request(4), request(5));
        assertThat(world.toWorker(ToWorker.Admit.class)).hasSize(2).allSatisfy(admit -> assertThat(admit.generations())
                .hasSize(2));
        assertThat(world.core.gauges().queueRequests()).isEqualTo(1);
    }

    @Test
    void kvTokensAreReservedForPromptAndWholeOutput() {
        CoreWorld world = world().join("w", 4, 100, 150);
        world.submit(request(1).tokens(40, 60));
        assertThat(world.core.gauges().kvTokensUsed()).isEqualTo(100);
        assertThat(world.submit(request(2).tokens(40, 11)).boarded()).isEmpty();
        assertThat(world.finish("w", ref(1, 0)).boarded()).containsExactly("w:2");
    }

    @Test
    void aRequestWithoutRoomDoesNotStopSmallerOnes() {
        CoreWorld world = world().join("w", 4, 100, 150).submit(request(1).tokens(40, 60));
        world.submit(request(2).tokens(40, 60), request(3).tokens(10, 10));
        assertThat(world.boarded()).containsExactly("w:3");
    }

    @Test
    void aRequestWithoutRoomForTooLongGetsAWorkerSetAside() {
        CoreWorld world = world().join("w", 4, 100, 150).submit(request(1).tokens(40, 60));
        world.submit(request(2).tokens(40, 60), request(3).tokens(10, 30));
        assertThat(world.boarded()).containsExactly("w:3");
        world.at(2 * SECOND).submit(request(4).tokens(1, 1));
        assertThat(world.boarded()).as("the worker is set aside").isEmpty();
        assertThat(world.finish("w", ref(3, 0)).boarded()).isEmpty();
        assertThat(world.finish("w", ref(1, 0)).boarded()).containsExactly("w:2", "w:4");
    }

    @Test
    void aWorkerSetAsideComesBackWhenTheRequestGoes() {
        CoreWorld world = world().join("w", 4, 100, 150).submit(request(1).tokens(40, 60));
        world.submit(request(2).tokens(40, 60));
        world.at(2 * SECOND).submit(request(4).tokens(1, 1));
        assertThat(world.boarded()).isEmpty();
        assertThat(world.cancel(ref(2, 0)).boarded()).containsExactly("w:4");
    }

    @Test
    void aRequestWithAWorkerSetAsideMayBoardAnother() {
        SchedulerLimits limits = SchedulerLimits.defaults();
        CoreWorld world = new CoreWorld(limits.withPlacement(new SchedulerLimits.Placement(0, 0, 0)));
        world.join("a", 4, 100, 150).submit(request(1).tokens(40, 60));
        world.submit(request(2).tokens(40, 60));
        world.timePasses(3 * SECOND);
        assertThat(world.join("b", 4, 100, 150).boarded()).containsExactly("b:2");
        assertThat(world.submit(request(3), request(4)).boarded()).containsExactlyInAnyOrder("a:3", "b:4");
    }

    @Test
    void onlyTheWorkersWordFreesASlot() {
        CoreWorld world = world().join("w", 1, 100).submit(request(1)).submit(request(2));
        world.on(new ToScheduler.StepReport("w", RequestBuilder.MODEL, 1, 0, 0, 0, 0, List.of()));
        assertThat(world.boarded()).isEmpty();
        assertThat(world.finish("stranger", ref(1, 0)).boarded()).isEmpty();
        assertThat(world.finish("w", ref(2, 0)).boarded()).isEmpty();
        assertThat(world.finish("w", ref(1, 0)).boarded()).containsExactly("w:2");
        assertThat(world.finish("w", ref(1, 0)).effects).as("told twice").isEmpty();
    }

    @Test
    void whenAWorkerLeavesItsSequencesAreLostAndItsReservationsDropped() {
        CoreWorld world = world().join("a", 2, 100).join("b", 2, 100);
        world.submit(
                request(1).gateway("g1"), request(2).gateway("g2"), request(3).gateway("g1"));
        assertThat(world.boarded()).containsExactly("a:1", "a:3", "b:2");
        world.leave("a");
        assertThat(world.effects)
                .contains(new Effect.TellGateway(
                        "g1", new ToGateway.AttemptLost(CoreWorld.EPOCH, List.of(ref(1, 0), ref(3, 0)))));
        assertThat(world.core.gauges().slotsUsed()).isEqualTo(1);
        assertThat(world.leave("a").effects).isEmpty();
        assertThat(world.submit(request(1).attempt(1).generated(3)).boarded()).containsExactly("b:1");
    }
}
