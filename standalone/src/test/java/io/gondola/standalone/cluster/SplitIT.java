package io.gondola.standalone.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The network between the processes is cut in two under load, and mended: each part goes on by itself, they find each
 * other again, and no client sees a token twice or misses one.
 */
@Timeout(300)
class SplitIT {

    private static final long SEED = 20_261_124;
    private static final int CLIENTS = 6;
    private static final int MAX_TOKENS = 100;
    private static final int ANSWERS_WHILE_CUT = 4;
    private static final List<Question> QUESTIONS = Question.mixed(SEED, 0, 6, 4, MAX_TOKENS);

    @TempDir
    static Path logs;

    private static CutNetwork network;
    private static RunningCluster cluster;
    private static Fleet fleet;
    private static Crowd crowd;

    @BeforeAll
    static void askWithoutAFault() throws Exception {
        network = new CutNetwork();
        cluster = new RunningCluster(logs, 3).withNetwork(network);
        fleet = new Fleet(cluster, 2, 2);
        crowd = new Crowd(fleet);
        fleet.restore();
        crowd.learn(QUESTIONS);
    }

    @AfterAll
    static void end() throws Exception {
        fleet.close();
        network.close();
    }

    /** One part has the owner, a worker and a gateway; the other has what it needs too. */
    @Test
    void bothPartsGoOnByThemselves() throws Exception {
        splitUnderLoad(
                CutNetwork.Manner.SILENT, Set.of(fleet.owner(), fleet.workers[0], fleet.gateways[0]), fleet.gateways);
    }

    /** The owner is with the many, and one gateway has no worker on its side: what it takes in waits. */
    @Test
    void aGatewayWithoutAWorkerHoldsWhatItHas() throws Exception {
        Set<RoleProcess> few = new HashSet<>(Set.of(fleet.gateways[0]));
        for (RoleProcess scheduler : fleet.schedulers) {
            if (scheduler != fleet.owner() && few.size() == 1) {
                few.add(scheduler);
            }
        }
        splitUnderLoad(CutNetwork.Manner.BREAKING, few, fleet.gateways[1]);
    }

    /** @param served where answers come while the network is cut */
    private static void splitUnderLoad(CutNetwork.Manner manner, Set<RoleProcess> oneSide, RoleProcess... served)
            throws Exception {
        fleet.awaitWhole();
        SteadyLoad load = new SteadyLoad(fleet, crowd.expected());
        try (load) {
            load.start(CLIENTS, SEED);
            fleet.await("answers come", () -> load.answers() > 0);
            network.cut(oneSide, manner);
            List<RoleProcess> others = new ArrayList<>(fleet.all());
            others.removeAll(oneSide);
            awaitSeeing(oneSide, oneSide.size());
            awaitSeeing(others, others.size());
            for (RoleProcess gateway : served) {
                double before = gateway.meter("gondola_requests_total");
                fleet.await(
                        gateway.name() + " answers while the network is cut",
                        () -> gateway.meter("gondola_requests_total") >= before + ANSWERS_WHILE_CUT);
            }
            network.mend();
            awaitSeeing(fleet.all(), fleet.all().size());
            int before = load.answers();
            fleet.await("answers come again", () -> load.answers() > before + CLIENTS);
        }
        assertThat(load.outcome().problems())
                .as("seed %d, in\n%s", SEED, cluster.said())
                .isEmpty();
        fleet.awaitWhole();
    }

    private static void awaitSeeing(Iterable<RoleProcess> observers, int members) throws Exception {
        for (RoleProcess observer : observers) {
            fleet.await(
                    observer.name() + " sees " + members, () -> observer.meter("gondola_cluster_members") == members);
        }
    }
}
