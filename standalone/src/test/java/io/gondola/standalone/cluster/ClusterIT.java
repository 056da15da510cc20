package io.gondola.standalone.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The roles as real processes: what they do together. */
@Timeout(300)
class ClusterIT {

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
}
