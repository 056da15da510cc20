package io.gondola.standalone.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
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
    /** A stream that has got so many is in full swing. */
    private static final int PIECES_BEFORE = 10;

    private static final long PATIENCE_SECONDS = 60;
    private static final long POLL_MILLIS = 20;

    @TempDir
    static Path logs;

    private static RunningCluster cluster;
    private static final RoleProcess[] schedulers = new RoleProcess[2];
    private static final RoleProcess[] workers = new RoleProcess[2];
    private static final RoleProcess[] gateways = new RoleProcess[2];
    /** What each question is answered while nothing happens. */
    private static final Map<Question, String> expected = new ConcurrentHashMap<>();

    @BeforeAll
    static void askWithoutAFault() throws Exception {
        cluster = new RunningCluster(logs, schedulers.length);
        restore();
        List<Question> all = questions(0, STREAMS, WHOLE);
        all.addAll(questions(STREAMS + WHOLE, LATE / 2, LATE / 2));
        for (OpenCall call : start(all, gateways[0])) {
            expected.put(call.question(), call.awaitEnd());
        }
        assertThat(expected).hasSize(STREAMS + WHOLE + LATE);
        assertThat(expected.values()).doesNotHaveDuplicates().noneMatch(text -> text.startsWith("no answer"));
    }

    @AfterAll
    static void end() throws Exception {
        cluster.close();
    }

    /** Starts what the test before has killed. */
    @BeforeEach
    void startWhatIsGone() throws Exception {
        restore();
    }

    private static void restore() throws Exception {
        for (int i = 0; i < 2; i++) {
            if (isGone(schedulers[i])) {
                schedulers[i] = cluster.scheduler(i);
            }
            if (isGone(workers[i])) {
                workers[i] = cluster.worker("worker-" + i);
            }
            if (isGone(gateways[i])) {
                gateways[i] = cluster.gateway("gateway-" + i, 0);
            }
        }
        await("nothing runs, and the queue's owner knows all workers", () -> {
            RoleProcess owner = owner();
            return owner.meter("gondola_workers") == workers.length && owner.meter("gondola_slots_used") == 0;
        });
    }

    private static boolean isGone(RoleProcess process) {
        return process == null || !process.isAlive();
    }

    private static void await(String what, Callable<Boolean> isSo) throws Exception {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!isSo.call()) {
            if (System.nanoTime() > endNanos) {
                throw new AssertionError("not in time: " + what + "\n" + cluster.said());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** The scheduler that keeps the queue: it alone knows workers. */
    private static RoleProcess owner() throws IOException, InterruptedException {
        RoleProcess owner = schedulers[0];
        for (RoleProcess scheduler : schedulers) {
            if (scheduler.meter("gondola_workers") > 0) {
                owner = scheduler;
            }
        }
        return owner;
    }

    /** Every second one greedy, the others with a seed each. */
    private static List<Question> questions(int first, int streams, int whole) {
        List<Question> questions = new ArrayList<>();
        for (int i = first; i < first + streams + whole; i++) {
            Long seed = i % 2 == 0 ? null : SEED + i;
            questions.add(new Question("Question " + i, MAX_TOKENS, seed, i < first + streams));
        }
        return questions;
    }

    private static List<OpenCall> start(List<Question> questions, RoleProcess... at) throws Exception {
        List<OpenCall> calls = new ArrayList<>();
        for (Question question : questions) {
            RoleProcess gateway = at[calls.size() % at.length];
            calls.add(OpenCall.start(new CompletionClient(List.of(gateway.awaitReady())), question));
        }
        return calls;
    }

    /** Until every stream runs, and nothing waits in the queue. */
    private static void awaitInFullSwing(List<OpenCall> calls) throws Exception {
        await("all are aboard", () -> owner().meter("gondola_sequences_running") == calls.size());
        for (OpenCall call : calls) {
            await("a stream's first pieces", () -> !call.question().streamed() || call.pieces() >= PIECES_BEFORE);
        }
        assertThat(calls).as("all are open when it happens").allMatch(OpenCall::isOpen);
    }

    /** Kills these with calls open at these gateways, lets more calls come, and compares all answers. */
    private static void killUnderLoad(String what, RoleProcess[] at, RoleProcess... victims) throws Exception {
        List<OpenCall> calls = start(questions(0, STREAMS, WHOLE), at);
        awaitInFullSwing(calls);
        for (RoleProcess victim : victims) {
            victim.kill();
        }
        calls.addAll(start(questions(STREAMS + WHOLE, LATE / 2, LATE / 2), at));
        assertComplete(what, calls);
    }

    private static void assertComplete(String what, List<OpenCall> calls) throws Exception {
        List<Long> pausesMillis = new ArrayList<>();
        for (OpenCall call : calls) {
            assertThat(call.awaitEnd())
                    .as("%s, %s, in\n%s", what, call.question(), cluster.said())
                    .isEqualTo(expected.get(call.question()));
            if (call.question().streamed()) {
                pausesMillis.add(TimeUnit.NANOSECONDS.toMillis(call.longestPauseNanos()));
            }
        }
        System.out.printf(
                "%s: the longest pause of each stream in ms: %s%n",
                what, pausesMillis.stream().sorted().toList());
    }

    private static double attemptsLost() throws Exception {
        return gateways[0].meter("gondola_attempts_lost_total") + gateways[1].meter("gondola_attempts_lost_total");
    }

    @Test
    void aKilledWorkerCostsNobodyAToken() throws Exception {
        double lostBefore = attemptsLost();
        killUnderLoad("a worker killed", gateways, workers[0]);
        assertThat(attemptsLost()).as("it had something aboard").isGreaterThan(lostBefore);
    }

    @Test
    void aKilledOwnerOfTheQueueCostsNobodyAToken() throws Exception {
        killUnderLoad("the owner killed", gateways, owner());
    }

    @Test
    void bothAtOnceCostNobodyAToken() throws Exception {
        double lostBefore = attemptsLost();
        killUnderLoad("a worker and the owner killed", gateways, workers[1], owner());
        assertThat(attemptsLost()).as("it had something aboard").isGreaterThan(lostBefore);
    }

    @Test
    void aKilledGatewayCostsItsOwnClientsAlone() throws Exception {
        double drawnBefore = tokensDrawn();
        List<Question> doomedQuestions = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            doomedQuestions.add(Question.greedy("Doomed " + i, LONG_TOKENS, true));
        }
        List<OpenCall> doomed = start(doomedQuestions, gateways[1]);
        List<OpenCall> others = start(questions(0, STREAMS, WHOLE), gateways[0]);
        List<OpenCall> all = new ArrayList<>(doomed);
        all.addAll(others);
        awaitInFullSwing(all);
        gateways[1].kill();
        await("its slots are free", () -> owner().meter("gondola_slots_used") <= others.size());
        System.out.printf(
                "a gateway killed: its slots are free, and %d of %d others are open%n",
                others.stream().filter(OpenCall::isOpen).count(), others.size());
        assertComplete("a gateway killed", others);
        for (OpenCall call : doomed) {
            assertThat(call.isBroken()).isTrue();
        }
        await("nothing is aboard", () -> owner().meter("gondola_slots_used") == 0);
        assertThat(tokensDrawn() - drawnBefore)
                .as("what nobody waits for is not computed to its end")
                .isLessThan(STREAMS * LONG_TOKENS + others.size() * MAX_TOKENS);
    }

    private static double tokensDrawn() throws Exception {
        return workers[0].meter("gondola_decode_tokens_total") + workers[1].meter("gondola_decode_tokens_total");
    }
}
