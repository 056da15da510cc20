package io.gondola.scheduler.core;

import static io.gondola.scheduler.core.RequestBuilder.SECOND;
import static io.gondola.scheduler.core.RequestBuilder.ref;
import static io.gondola.scheduler.core.RequestBuilder.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.OwnerAlive;
import io.gondola.protocol.OwnerWatch;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToGateway.AttemptLost;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToScheduler.Aboard;
import io.gondola.protocol.ToScheduler.Census;
import io.gondola.protocol.ToScheduler.Inquire;
import io.gondola.protocol.ToScheduler.WorkerLoading;
import io.gondola.protocol.ToWorker;
import io.gondola.scheduler.presence.PresenceLimits;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What was lost on the way shows in a census or an inquiry, and is mended. */
class CrewTest {

    private static final long MILLI = 1_000_000;
    /** More than any message of a test. */
    private static final long ALL = 1_000;

    private long censuses = 100;

    private static CoreWorld world() {
        return new CoreWorld(SchedulerLimits.defaults());
    }

    /** A world in which the silent are missed, old enough to know all workers there are. */
    private static CoreWorld watchfulWorld() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults(), PresenceLimits.standard());
        for (int i = 0; i <= 5; i++) {
            world.timePasses(i * SECOND / 2);
        }
        return world;
    }

    private Census census(long seenNumber, Aboard... aboard) {
        return census(CoreWorld.EPOCH, seenNumber, aboard);
    }

    private Census census(long epoch, long seenNumber, Aboard... aboard) {
        return new Census("w", CoreWorld.description(2, 100, 200), epoch, ++censuses, seenNumber, List.of(aboard));
    }

    private static Aboard aboard(GenerationRef ref) {
        return new Aboard(ref, "gw", "t", 1, RequestClass.STANDARD, 20);
    }

    private static Aboard aboardOf(String gateway, GenerationRef ref) {
        return new Aboard(ref, gateway, "t", 1, RequestClass.STANDARD, 20);
    }

    private static Inquire inquire(GenerationRef... refs) {
        return new Inquire("gw", RequestBuilder.MODEL, List.of(refs));
    }

    private static List<GenerationRef> lost(CoreWorld world) {
        return world.toGateway(AttemptLost.class).stream()
                .flatMap(message -> message.refs().stream())
                .toList();
    }

    private static List<GenerationRef> revoked(CoreWorld world) {
        return world.toWorker(ToWorker.Revoke.class).stream()
                .flatMap(message -> message.refs().stream())
                .toList();
    }

    @Test
    void whoNeverCameAboardIsLostAndItsSlotFree() {
        CoreWorld world = world().join("w", 2, 100).submit(request(1), request(2));
        world.on(census(ALL, aboard(ref(2, 0))));
        assertThat(lost(world)).containsExactly(ref(1, 0));
        assertThat(world.core.gauges().slotsUsed()).isEqualTo(1);
        assertThat(world.submit(request(3)).boarded()).containsExactly("w:3");
    }

    @Test
    void theLastMessageThatAWorkerWasSentMayBeTheOneThatIsLost() {
        CoreWorld world = world().join("w", 2, 100).submit(request(1));
        long welcome = 1;
        world.on(census(welcome));
        // A period later it has still not come: another message shows whether it will.
        assertThat(world.on(census(welcome)).toWorker(ToWorker.Welcome.class)).hasSize(1);
        assertThat(lost(world)).isEmpty();
        long welcomeAgain = 3;
        assertThat(lost(world.on(census(welcomeAgain)))).containsExactly(ref(1, 0));
    }

    @Test
    void whoIsOnTheWayAboardIsNotLost() {
        CoreWorld world = world().join("w", 2, 100).submit(request(1));
        long welcome = 1;
        assertThat(world.on(census(welcome)).effects).isEmpty();
        assertThat(world.core.gauges().slotsUsed()).isEqualTo(1);
    }

    @Test
    void aCensusThatWasOvertakenSaysNothing() {
        CoreWorld world = world().join("w", 2, 100).submit(request(1));
        Census old = census(ALL);
        world.on(census(ALL, aboard(ref(1, 0))));
        assertThat(world.on(old).effects).isEmpty();
        assertThat(world.core.gauges().slotsUsed()).isEqualTo(1);
    }

    @Test
    void whoIsStillAboardIsToldToLeaveAgain() {
        CoreWorld world =
                world().join("w", 2, 100).submit(request(1), request(2)).cancel(ref(1, 0));
        world.on(census(ALL, aboard(ref(1, 0)), aboard(ref(2, 0))));
        assertThat(revoked(world)).containsExactly(ref(1, 0));
        // Its end was reported, and the report was lost: the census says it too, and nobody needs to be told.
        assertThat(world.on(census(ALL, aboard(ref(2, 0)))).toGateway(ToGateway.class))
                .isEmpty();
        assertThat(world.core.gauges().slotsUsed()).isEqualTo(1);
    }

    @Test
    void aStaleAttemptHoldsItsSlotUntilItIsGone() {
        CoreWorld world = world().join("w", 2, 100).submit(request(1).attempt(1));
        world.on(census(ALL, aboard(ref(1, 1)), aboard(ref(1, 0))));
        assertThat(revoked(world)).containsExactly(ref(1, 0));
        assertThat(world.core.gauges().slotsUsed()).isEqualTo(2);
        assertThat(world.core.gauges().sequencesRunning()).isEqualTo(1);
        assertThat(world.submit(request(2)).boarded()).isEmpty();
        assertThat(world.on(census(ALL, aboard(ref(1, 1)))).boarded()).containsExactly("w:2");
    }

    @Test
    void aNewOwnerTakesOverWhatIsAboard() {
        CoreWorld world = world().submit(request(1), request(2));
        world.on(census(OwnerWatch.NOBODY, 0, aboard(ref(2, 0)), aboard(ref(9, 3))));
        assertThat(world.toWorker(ToWorker.Welcome.class)).hasSize(1);
        assertThat(world.effects).contains(new Effect.Adopted(ref(2, 0), "w"), new Effect.Adopted(ref(9, 3), "w"));
        assertThat(world.boarded()).as("the worker is full").isEmpty();
        assertThat(world.core.gauges().queueRequests()).isEqualTo(1);
        assertThat(world.finish("w", ref(9, 3)).boarded()).containsExactly("w:1");
        assertThat(world.ended()).containsExactly(new Effect.Ended(ref(9, 3), Effect.End.FINISHED));
        world.finish("w", ref(1, 0), ref(2, 0)).checkAllEnded();
    }

    @Test
    void anAttemptThatRunsElsewhereIsNotTakenOver() {
        CoreWorld world = world().join("a", 1, 100).submit(request(1));
        world.on(census(OwnerWatch.NOBODY, 0, aboard(ref(1, 0))));
        assertThat(revoked(world)).containsExactly(ref(1, 0));
        assertThat(world.core.gauges().slotsUsed()).isEqualTo(2);
    }

    @Test
    void aNewerAttemptThatIsAboardReplacesAnOlderOne() {
        CoreWorld world = world().submit(request(1));
        world.on(census(OwnerWatch.NOBODY, 0, aboard(ref(1, 1))));
        assertThat(world.ended()).containsExactly(new Effect.Ended(ref(1, 0), Effect.End.REPLACED));
        assertThat(world.core.gauges().sequencesRunning()).isEqualTo(1);
        assertThat(world.core.gauges().queueRequests()).isZero();
    }

    @Test
    void aWorkerThatMissedItsWelcomeIsWelcomedAgain() {
        CoreWorld world = world().join("w", 2, 100).submit(request(1));
        world.on(census(OwnerWatch.NOBODY, 0));
        assertThat(world.toWorker(ToWorker.Welcome.class)).hasSize(1);
        assertThat(lost(world)).as("it may have the one and not the other").isEmpty();
        assertThat(lost(world.on(census(ALL)))).containsExactly(ref(1, 0));
    }

    @Test
    void aWorkerOfALaterOwnerIsLeftAlone() {
        CoreWorld world = world();
        assertThat(world.on(census(CoreWorld.EPOCH + 1, 5, aboard(ref(1, 0)))).effects)
                .isEmpty();
        assertThat(world.core.gauges().workers()).isZero();
    }

    @Test
    void aSilentWorkerIsGivenUpAndWelcomeWhenItSpeaksAgain() {
        CoreWorld world = watchfulWorld();
        world.on(census(OwnerWatch.NOBODY, 0)).submit(request(1));
        long heardNanos = world.nowNanos;
        for (long nanos = heardNanos; nanos < heardNanos + 2 * SECOND; nanos += SECOND / 2) {
            assertThat(world.timePasses(nanos).core.gauges().workers()).isEqualTo(1);
            world.on(inquire());
        }
        assertThat(world.core.nextDueNanos()).isEqualTo(heardNanos + 2 * SECOND);
        world.timePasses(heardNanos + 2 * SECOND);
        assertThat(world.effects).contains(new Effect.WorkerSilent("w"));
        assertThat(lost(world)).containsExactly(ref(1, 0));
        world.on(census(ALL, aboard(ref(1, 0))));
        assertThat(world.toWorker(ToWorker.Welcome.class)).hasSize(1);
        assertThat(revoked(world)).as("what was given up is stale").containsExactly(ref(1, 0));
        assertThat(world.submit(request(1).attempt(1)).boarded()).containsExactly("w:1");
    }

    @Test
    void anOwnerThatSleptBlamesNobody() {
        CoreWorld world = watchfulWorld();
        world.on(census(OwnerWatch.NOBODY, 0)).submit(request(1));
        world.timePasses(world.nowNanos + 60 * SECOND);
        assertThat(world.effects).doesNotContain(new Effect.WorkerSilent("w"));
        assertThat(world.core.gauges().workers()).isEqualTo(1);
    }

    @Test
    void aGatewayThatWaitsForNothingMayBeSilent() {
        CoreWorld world = watchfulWorld();
        world.on(census(OwnerWatch.NOBODY, 0)).submit(request(1));
        world.on(new ToScheduler.Cancel(List.of(ref(1, 0))));
        for (int i = 0; i < 8; i++) {
            world.timePasses(world.nowNanos + SECOND / 2);
            assertThat(world.effects).doesNotContain(new Effect.GatewaySilent("gw"));
            world.on(census(ALL));
        }
    }

    @Test
    void aSilentGatewayTakesAlongWhatItWaitedFor() {
        CoreWorld world = watchfulWorld();
        world.on(census(OwnerWatch.NOBODY, 0)).submit(request(1), request(2), request(3));
        Census alive = census(ALL, aboard(ref(1, 0)), aboard(ref(2, 0)));
        for (int i = 1; i < 6; i++) {
            world.timePasses(world.nowNanos + SECOND / 2)
                    .on(census(ALL, alive.aboard().toArray(new Aboard[0])));
        }
        world.timePasses(world.nowNanos + SECOND / 2);
        assertThat(world.effects).contains(new Effect.GatewaySilent("gw"));
        assertThat(revoked(world)).containsExactly(ref(1, 0), ref(2, 0));
        assertThat(world.ended()).containsExactly(new Effect.Ended(ref(3, 0), Effect.End.CANCELLED));
        // It was only slow: what it asks after is lost to it.
        assertThat(lost(world.on(inquire(ref(1, 0))))).containsExactly(ref(1, 0));
    }

    @Test
    void aGatewayWhoseProcessIsGoneNeedsNoSilence() {
        CoreWorld world =
                world().join("w", 1, 100).submit(request(1), request(2).gateway("other"));
        world.loseGateway("gw");
        assertThat(revoked(world)).containsExactly(ref(1, 0));
        assertThat(world.ended()).isEmpty();
        assertThat(world.core.gauges().queueRequests()).isEqualTo(1);
    }

    @Test
    void whatNobodyHasIsLostAndWhatWasRefusedIsRefusedAgain() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults().withQueueRequestsMax(1)).join("w", 1, 100);
        world.submit(request(1)).submit(request(2)).submit(request(3));
        Rejection rejection = world.rejection();
        world.on(inquire(ref(1, 0), ref(2, 0), ref(3, 0), ref(4, 0)));
        assertThat(lost(world)).containsExactly(ref(4, 0));
        assertThat(world.rejection()).isEqualTo(rejection);
        assertThat(world.submit(request(3)).rejection()).isEqualTo(rejection);
        world.finish("w", ref(1, 0));
        assertThat(lost(world.on(inquire(ref(1, 0))))).containsExactly(ref(1, 0));
    }

    @Test
    void aYoungOwnerDoesNotGiveUpWhatItMayHearOf() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults(), PresenceLimits.standard());
        assertThat(lost(world.on(inquire(ref(1, 0))))).isEmpty();
        for (int i = 1; i <= 4; i++) {
            world.timePasses(i * SECOND / 2);
        }
        assertThat(lost(world.on(inquire(ref(1, 0))))).containsExactly(ref(1, 0));
    }

    @Test
    void aYoungOwnerThatHasHeardEveryWorkerKnowsWhatIsLost() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults(), PresenceLimits.standard());
        world.workersPresent("w", "loads");
        world.on(census(CoreWorld.EPOCH - 1, ALL, aboard(ref(2, 0))));
        world.on(new WorkerLoading("loads", RequestBuilder.MODEL, 0, 0));
        assertThat(lost(world.on(inquire(ref(1, 0), ref(2, 0)))))
                .as("the worker may yet take something in from the owner before")
                .isEmpty();
        world.on(census(OwnerWatch.NOBODY, 0, aboard(ref(2, 0))));
        assertThat(lost(world.on(inquire(ref(1, 0), ref(2, 0))))).containsExactly(ref(1, 0));
    }

    @Test
    void aYoungOwnerWaitsForTheLastWorkerUntilThatIsGone() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults(), PresenceLimits.standard());
        world.workersPresent("w", "dead");
        world.on(census(OwnerWatch.NOBODY, 0));
        assertThat(lost(world.on(inquire(ref(1, 0))))).isEmpty();
        world.workersPresent("w");
        assertThat(lost(world.on(inquire(ref(1, 0))))).containsExactly(ref(1, 0));
        world.leave("w").workersPresent("w");
        assertThat(lost(world.on(inquire(ref(3, 0)))))
                .as("it is there again, with what it has")
                .isEmpty();
    }

    @Test
    void anOwnerSaysThatItLives() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults(), PresenceLimits.standard());
        Effect alive = new Effect.TellAll(new OwnerAlive(RequestBuilder.MODEL, CoreWorld.EPOCH));
        assertThat(world.timePasses(0).effects).containsExactly(alive);
        assertThat(world.timePasses(SECOND / 2 - MILLI).effects).isEmpty();
        assertThat(world.core.nextDueNanos()).isEqualTo(SECOND / 2);
        assertThat(world.timePasses(SECOND / 2).effects).containsExactly(alive);
        assertThat(world.core.nextDueNanos()).isEqualTo(SECOND);
    }

    @Test
    void aGatewayThatWasGoneBeforeItSpokeIsMissedFromTheAdoptionOn() {
        CoreWorld world = watchfulWorld();
        long adoptedNanos = world.nowNanos;
        world.on(census(OwnerWatch.NOBODY, 0, aboard(ref(1, 0)), aboardOf("other", ref(2, 0))));
        List<GenerationRef> left = new ArrayList<>();
        for (long nanos = adoptedNanos; nanos < adoptedNanos + 3 * SECOND; nanos += SECOND / 2) {
            world.at(nanos).on(census(ALL, aboard(ref(1, 0)), aboardOf("other", ref(2, 0))));
            left.addAll(revoked(world));
            world.on(new Inquire("other", RequestBuilder.MODEL, List.of()));
            left.addAll(revoked(world));
        }
        assertThat(left).as("within its time").isEmpty();
        world.timePasses(adoptedNanos + 3 * SECOND);
        assertThat(revoked(world)).containsExactly(ref(1, 0));
        assertThat(world.effects).contains(new Effect.GatewaySilent("gw"));
    }

    @Test
    void aWorkerBeyondTheLimitHearsSoEachTimeAndIsTakenWhenThereIsRoom() {
        CoreWorld world = new CoreWorld(SchedulerLimits.defaults().withMemory(new SchedulerLimits.Memory(1, 10, 10)));
        world.join("first", 2, 100);
        for (int i = 0; i < 2; i++) {
            world.on(census(OwnerWatch.NOBODY, 0, aboard(ref(1, 0))));
            assertThat(world.toWorker(ToWorker.Refused.class))
                    .singleElement()
                    .satisfies(refused -> assertThat(refused.reason()).contains("workersMax is 1"));
            assertThat(revoked(world)).as("the refusal says so of all it has").isEmpty();
        }
        world.leave("first").on(census(OwnerWatch.NOBODY, 0, aboard(ref(1, 0))));
        assertThat(world.toWorker(ToWorker.Welcome.class)).hasSize(1);
    }

    @Test
    void aWorkerThatCouldServeNothingHearsSo() {
        CoreWorld world = world().join("useless", 0, 100);
        assertThat(world.toWorker(ToWorker.Refused.class))
                .singleElement()
                .satisfies(refused -> assertThat(refused.reason()).contains("no slot"));
    }
}
