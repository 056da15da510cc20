package io.gondola.standalone.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The roles as real processes: what they do together, and what a client sees of one that goes with grace. */
@Timeout(300)
class ClusterIT {

    private static final long SEED = 20_261_124;
    private static final int MAX_TOKENS = 60;
    private static final List<String> PROMPTS = List.of("What is a KV cache?", "Prefill vs decode", "Tell me a joke");

    @TempDir
    Path logs;

    private static Map<String, String> answers(CompletionClient client) throws Exception {
        Map<String, String> answers = new HashMap<>();
        for (String prompt : PROMPTS) {
            answers.put(prompt, client.complete(0, prompt, MAX_TOKENS, false));
        }
        return answers;
    }

    @Test
    void aGatewayHoldsWhatComesBeforeAWorkerLives() throws Exception {
        try (RunningCluster cluster = new RunningCluster(logs, 1)) {
            RoleProcess scheduler = cluster.scheduler(0);
            RoleProcess gateway = cluster.gateway("gateway", 0);
            CompletionClient client = new CompletionClient(List.of(gateway.awaitReady()));
            scheduler.awaitReady();
            CompletableFuture<String> early = CompletableFuture.supplyAsync(() -> {
                try {
                    return client.complete(0, PROMPTS.get(0), MAX_TOKENS, true);
                } catch (Exception failure) {
                    throw new AssertionError(failure);
                }
            });
            RoleProcess worker = cluster.worker("worker");
            worker.awaitReady();
            assertThat(early.get()).isNotEmpty().isEqualTo(client.complete(0, PROMPTS.get(0), MAX_TOKENS, false));
            for (RoleProcess process : List.of(gateway, worker, scheduler)) {
                process.terminate();
                assertThat(process.awaitExit()).as(process.said()).isZero();
            }
        }
    }

    @Test
    void aRollingRestartLosesNothing() throws Exception {
        List<Integer> ports = RunningCluster.freePorts(2);
        List<String> gateways =
                ports.stream().map(port -> "http://127.0.0.1:" + port).toList();
        try (RunningCluster cluster = new RunningCluster(logs, 2)) {
            RoleProcess[] processes = {
                cluster.scheduler(0),
                cluster.scheduler(1),
                cluster.worker("worker-a"),
                cluster.worker("worker-b"),
                cluster.gateway("gateway-a", ports.get(0), "--shutdown-delay=0.5"),
                cluster.gateway("gateway-b", ports.get(1), "--shutdown-delay=0.5")
            };
            for (RoleProcess process : processes) {
                process.awaitReady();
            }
            CompletionClient client = new CompletionClient(gateways);
            SteadyLoad load = new SteadyLoad(client, answers(client), MAX_TOKENS);
            try (load) {
                load.start(8, SEED);
                for (int i = 0; i < processes.length; i++) {
                    processes[i].terminate();
                    assertThat(processes[i].awaitExit()).as(processes[i].said()).isZero();
                    processes[i] = switch (i) {
                        case 0, 1 -> cluster.scheduler(i);
                        case 2 -> cluster.worker("worker-a");
                        case 3 -> cluster.worker("worker-b");
                        case 4 -> cluster.gateway("gateway-a", ports.get(0), "--shutdown-delay=0.5");
                        default -> cluster.gateway("gateway-b", ports.get(1), "--shutdown-delay=0.5");
                    };
                    processes[i].awaitReady();
                }
            }
            assertThat(load.failures()).as(() -> "seed " + SEED).isEmpty();
            assertThat(load.answers()).isPositive();
        }
    }
}
