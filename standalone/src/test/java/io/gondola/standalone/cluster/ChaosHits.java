package io.gondola.standalone.cluster;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What happens at one moment, to a cluster with many answers on their way; and what the clients got. */
final class ChaosHits {

    private final Fleet fleet;
    private final Crowd crowd;
    private final Load load;
    private final int pauseSeconds;

    /**
     * What is asked.
     *
     * @param streams streamed answers that are open when it happens
     * @param plain answers in one piece that are open then
     * @param late streamed answers asked for when it has just happened
     */
    record Load(long seed, int streams, int plain, int late, int tokens) {

        List<Question> open() {
            return Question.mixed(seed, 0, streams, plain, tokens);
        }

        List<Question> later() {
            return Question.mixed(seed, streams + plain, late, 0, tokens);
        }
    }

    /** Something that happens to processes. */
    interface Fault {
        void happen() throws Exception;
    }

    ChaosHits(Fleet fleet, Crowd crowd, Load load, int pauseSeconds) {
        this.fleet = fleet;
        this.crowd = crowd;
        this.load = load;
        this.pauseSeconds = pauseSeconds;
    }

    Outcome kill(Set<RoleProcess> victims) throws Exception {
        return hit(victims, victims, () -> victims.forEach(RoleProcess::kill), () -> {});
    }

    /** Nobody is left to do their work until there are new ones. */
    Outcome killAndReplace(Set<RoleProcess> victims) throws Exception {
        return hit(victims, victims, () -> victims.forEach(RoleProcess::kill), () -> {
            for (RoleProcess victim : victims) {
                victim.awaitExit();
            }
            fleet.startWhoeverIsGone();
        });
    }

    /** It hangs, and goes on as if nothing had been. Its clients, if it has any, keep their connections. */
    Outcome pause(RoleProcess victim) throws Exception {
        return hit(Set.of(), Set.of(victim), victim::pause, () -> {
            TimeUnit.SECONDS.sleep(pauseSeconds);
            victim.resume();
        });
    }

    /** One that had just said that it is coming. */
    Outcome killWhileItLoads() throws Exception {
        return hit(
                Set.of(),
                Set.of(),
                () -> {
                    RoleProcess newcomer = fleet.startOneMoreWorker();
                    fleet.await(
                            "it loads", () -> fleet.owner().meter("gondola_workers_loading") > 0 || newcomer.isReady());
                    newcomer.kill();
                },
                () -> {});
    }

    /**
     * It happens to all at once, with everything open; what is asked for then comes too.
     *
     * @param lost whose clients lose their connections
     * @param deaf who is not asked any more
     * @param after what happens when more has been asked for
     */
    private Outcome hit(Set<RoleProcess> lost, Set<RoleProcess> deaf, Fault fault, Fault after) throws Exception {
        List<OpenCall> calls = crowd.start(load.open(), fleet.gateways);
        RoleProcess[] asked = fleet.gateways.clone();
        crowd.awaitInFullSwing(calls);
        fault.happen();
        RoleProcess[] left =
                Arrays.stream(asked).filter(gateway -> !deaf.contains(gateway)).toArray(RoleProcess[]::new);
        List<OpenCall> later = crowd.start(load.later(), left);
        after.happen();
        List<OpenCall> surviving = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            if (!lost.contains(asked[i % asked.length])) {
                surviving.add(calls.get(i));
            }
        }
        Outcome newcomers = crowd.end(later);
        System.out.printf(
                Locale.ROOT,
                "  asked for when it had just happened: first token after %d ms (median), %d ms (max)%n",
                Outcome.quantile(newcomers.waitsMillis(), 0.5),
                Outcome.quantile(newcomers.waitsMillis(), 1));
        return crowd.end(surviving).with(newcomers.problems());
    }
}
