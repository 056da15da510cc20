package io.gondola.standalone.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The roles as real processes: what they do together, and what a client sees of one that goes with grace. */
@Timeout(300)
class ClusterIT {

    private static final long SEED = 20_261_124;
    private static final int MAX_TOKENS = 60;
    private static final String PROMPT = "What is a KV cache?";

    @TempDir
    Path logs;

    @Test
    void aGatewayHoldsWhatComesBeforeAWorkerLives() throws Exception {
        try (RunningCluster cluster = new RunningCluster(logs, 1)) {
            RoleProcess scheduler = cluster.scheduler(0);
            RoleProcess gateway = cluster.gateway("gateway", 0);
            CompletionClient client = new CompletionClient(List.of(gateway.awaitReady()));
            scheduler.awaitReady();
            CompletableFuture<String> early = CompletableFuture.supplyAsync(() -> {
                try {
                    return client.complete(0, PROMPT, MAX_TOKENS, true);
                } catch (Exception failure) {
                    throw new AssertionError(failure);
                }
            });
            RoleProcess worker = cluster.worker("worker");
            worker.awaitReady();
            assertThat(early.get()).isNotEmpty().isEqualTo(client.complete(0, PROMPT, MAX_TOKENS, false));
            for (RoleProcess process : List.of(gateway, worker, scheduler)) {
                process.terminate();
                assertThat(process.awaitExit()).as(process.said()).isZero();
            }
        }
    }

    @Test
    void aWorkerWithAnotherModelIsRefusedUntilTheFirstIsGone() throws Exception {
        try (RunningCluster cluster = new RunningCluster(logs, 1)) {
            RoleProcess scheduler = cluster.scheduler(0);
            scheduler.awaitReady();
            RoleProcess first = cluster.worker("first");
            first.awaitReady();
            // What its engine computes is another thing than at full precision, under the same name.
            RoleProcess second = cluster.worker("second", "--precision", "bf16");
            for (RoleProcess witness : List.of(scheduler, first, second)) {
                witness.awaitSaid(" is refused for " + RunningCluster.MODEL + ": its weights and precision are ");
            }
            assertThat(scheduler.meter("gondola_workers")).isEqualTo(1);
            assertThat(scheduler.meter("gondola_cluster_refusals")).isEqualTo(1);
            first.terminate();
            assertThat(first.awaitExit()).as(first.said()).isZero();
            second.awaitHealthy();
            assertThat(scheduler.meter("gondola_workers")).isEqualTo(1);
        }
    }

    @Test
    void aRollingRestartLosesNothing() throws Exception {
        RunningCluster cluster = new RunningCluster(logs, 3);
        try (Fleet fleet = new Fleet(cluster, 3, 2)) {
            fleet.restore();
            Crowd crowd = new Crowd(fleet);
            crowd.learn(Question.mixed(SEED, 0, 6, 4, MAX_TOKENS));
            SteadyLoad load = new SteadyLoad(fleet, crowd.expected());
            try (load) {
                load.start(8, SEED);
                assertThat(fleet.restartOneByOne()).as(cluster.said()).containsOnly(0);
            }
            assertThat(load.outcome().problems())
                    .as("seed %d, in\n%s", SEED, cluster.said())
                    .isEmpty();
            assertThat(load.answers()).isPositive();
        }
    }
}
