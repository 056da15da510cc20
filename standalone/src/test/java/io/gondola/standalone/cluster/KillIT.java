package io.gondola.standalone.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes are killed (SIGKILL) while they work: whoever's own gateway lives gets to the last byte what he gets without.
 * How long streams paused is said and not judged: a test machine promises no times.
 */
@Timeout(300)
class KillIT {

    private static final long SEED = 20_261_124;
    private static final int STREAMS = 10;
    private static final int WHOLE = 5;
    /** They come when the fault has just happened. */
    private static final int LATE = 4;

    private static final int MAX_TOKENS = 250;
    /** Of clients whose gateway is killed: far from done when it is noticed. */
    private static final int LONG_TOKENS = 480;

    private static final List<Question> OPEN = Question.mixed(SEED, 0, STREAMS, WHOLE, MAX_TOKENS);
    private static final List<Question> LATER = Question.mixed(SEED, STREAMS + WHOLE, LATE / 2, LATE / 2, MAX_TOKENS);

    @TempDir
    static Path logs;

    private static RunningCluster cluster;
    private static Fleet fleet;
    private static Crowd crowd;

    @BeforeAll
    static void askWithoutAFault() throws Exception {
        cluster = new RunningCluster(logs, 2);
        fleet = new Fleet(cluster, 2, 2);
        crowd = new Crowd(fleet);
        fleet.restore();
        crowd.learn(OPEN);
        crowd.learn(LATER);
        assertThat(crowd.expected()).hasSize(STREAMS + WHOLE + LATE);
        assertThat(crowd.expected().values()).doesNotHaveDuplicates();
    }

    @AfterAll
    static void end() throws Exception {
        fleet.close();
    }

    /** Starts what the test before has killed. */
    @BeforeEach
    void startWhatIsGone() throws Exception {
        fleet.restore();
    }

    /** Kills these with calls open at all gateways, lets more calls come, and compares all answers. */
    private static void killUnderLoad(String what, RoleProcess... victims) throws Exception {
        List<OpenCall> calls = crowd.start(OPEN, fleet.gateways);
        crowd.awaitInFullSwing(calls);
        for (RoleProcess victim : victims) {
            victim.kill();
        }
        calls.addAll(crowd.start(LATER, fleet.gateways));
        assertComplete(what, calls);
    }

    private static void assertComplete(String what, List<OpenCall> calls) throws Exception {
        Outcome outcome = crowd.end(calls);
        assertThat(outcome.problems()).as("%s, in\n%s", what, cluster.said()).isEmpty();
        System.out.printf("%s: the longest pause of each stream in ms: %s%n", what, outcome.pausesMillis());
    }

    private static double attemptsLost() throws Exception {
        return Fleet.meter("gondola_attempts_lost_total", fleet.gateways);
    }

    @Test
    void aKilledWorkerCostsNobodyAToken() throws Exception {
        double lostBefore = attemptsLost();
        killUnderLoad("a worker killed", fleet.workers[0]);
        assertThat(attemptsLost()).as("it had something aboard").isGreaterThan(lostBefore);
    }

    @Test
    void aKilledOwnerOfTheQueueCostsNobodyAToken() throws Exception {
        killUnderLoad("the owner killed", fleet.owner());
    }

    @Test
    void bothAtOnceCostNobodyAToken() throws Exception {
        double lostBefore = attemptsLost();
        killUnderLoad("a worker and the owner killed", fleet.workers[1], fleet.owner());
        assertThat(attemptsLost()).as("it had something aboard").isGreaterThan(lostBefore);
    }

    /** What is asked for while no scheduler lives is held, and runs when new ones have come. */
    @Test
    void everySchedulerKilledCostsNobodyAToken() throws Exception {
        List<OpenCall> calls = crowd.start(OPEN, fleet.gateways);
        crowd.awaitInFullSwing(calls);
        for (RoleProcess scheduler : fleet.schedulers) {
            scheduler.kill();
            scheduler.awaitExit();
        }
        List<OpenCall> held = crowd.start(LATER, fleet.gateways);
        fleet.startWhoeverIsGone();
        calls.addAll(held);
        assertComplete("every scheduler killed", calls);
    }

    /** It is still stopped when all have their answers, also those who asked when it was. */
    @Test
    void anOwnerThatHangsIsReplaced() throws Exception {
        RoleProcess owner = fleet.owner();
        List<OpenCall> calls = crowd.start(OPEN, fleet.gateways);
        crowd.awaitInFullSwing(calls);
        owner.pause();
        try {
            calls.addAll(crowd.start(LATER, fleet.gateways));
            assertComplete("the owner stopped", calls);
        } finally {
            owner.resume();
        }
    }

    @Test
    void aWorkerWithTooLittleTimeHandsOverWhatItHas() throws Exception {
        RoleProcess leaving = fleet.workers[0];
        leaving.terminate();
        assertThat(leaving.awaitExit()).as(leaving.said()).isZero();
        fleet.workers[0] = cluster.worker("worker-0", "--drain-timeout", "0.5");
        fleet.awaitWhole();
        double lostBefore = attemptsLost();
        List<OpenCall> calls = crowd.start(OPEN, fleet.gateways);
        crowd.awaitInFullSwing(calls);
        fleet.workers[0].terminate();
        assertThat(fleet.workers[0].awaitExit()).as(fleet.workers[0].said()).isZero();
        assertThat(calls).as("it went before they were done").allMatch(OpenCall::isOpen);
        calls.addAll(crowd.start(LATER, fleet.gateways));
        assertComplete("a worker handed over", calls);
        assertThat(attemptsLost()).as("it had something aboard").isGreaterThan(lostBefore);
    }

    @Test
    void aKilledGatewayCostsItsOwnClientsAlone() throws Exception {
        double drawnBefore = tokensDrawn();
        List<Question> doomedQuestions = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            doomedQuestions.add(Question.greedy("Doomed " + i, LONG_TOKENS, true));
        }
        List<OpenCall> doomed = crowd.start(doomedQuestions, fleet.gateways[1]);
        List<OpenCall> others = crowd.start(OPEN, fleet.gateways[0]);
        List<OpenCall> all = new ArrayList<>(doomed);
        all.addAll(others);
        crowd.awaitInFullSwing(all);
        fleet.gateways[1].kill();
        fleet.await("its slots are free", () -> fleet.owner().meter("gondola_slots_used") <= others.size());
        System.out.printf(
                "a gateway killed: its slots are free, and %d of %d others are open%n",
                others.stream().filter(OpenCall::isOpen).count(), others.size());
        assertComplete("a gateway killed", others);
        for (OpenCall call : doomed) {
            assertThat(call.isBroken()).isTrue();
        }
        fleet.await("nothing is aboard", () -> fleet.owner().meter("gondola_slots_used") == 0);
        assertThat(tokensDrawn() - drawnBefore)
                .as("what nobody waits for is not computed to its end")
                .isLessThan(STREAMS * LONG_TOKENS + others.size() * MAX_TOKENS);
    }

    private static double tokensDrawn() throws Exception {
        return Fleet.meter("gondola_decode_tokens_total", fleet.workers);
    }
}
