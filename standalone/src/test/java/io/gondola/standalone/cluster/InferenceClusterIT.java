package io.gondola.standalone.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gondola.standalone.EmbeddingModelFiles;
import io.gondola.standalone.SmallModels;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tensor inferences through real processes: batched by one owner, computed by any worker, and no process that is missed. */
@Timeout(300)
class InferenceClusterIT {

    private static final int CLIENTS = 8;
    private static final long SEED = 7;

    @TempDir
    private static Path repository;

    @TempDir
    Path logs;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void writeModels() throws IOException {
        SmallModels.writeScale(repository.resolve("scale/1"), 10);
        EmbeddingModelFiles.writeSentences(repository.resolve("sentences"), SEED);
    }

    private HttpResponse<String> post(String base, String path, String json) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private String get(String base, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(base + path))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    private static RoleProcess worker(RunningCluster cluster, String name) throws IOException {
        return cluster.worker(name, "--model-repository", repository.toString());
    }

    /** Clients that ask both gateways in turn and note every answer that is not the right one. */
    private final class Load implements AutoCloseable {

        private final List<Thread> clients = new ArrayList<>();
        private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        private final AtomicInteger answers = new AtomicInteger();
        private final AtomicBoolean isOver = new AtomicBoolean();

        Load(List<String> gateways) {
            for (int i = 0; i < CLIENTS; i++) {
                String gateway = gateways.get(i % gateways.size());
                int number = i;
                Thread client = new Thread(() -> run(gateway, number), "client-" + i);
                clients.add(client);
                client.start();
            }
        }

        private void run(String gateway, int number) {
            for (int i = 0; !isOver.get(); i++) {
                int value = number * 1_000 + i % 1_000;
                String expected = "{\"result\":[[" + value * 10 + ".0,10.0]]}";
                try {
                    HttpResponse<String> answer =
                            post(gateway, "/predict", "{\"model\":\"scale\",\"input\":[[" + value + ",1]]}");
                    if (!answer.body().equals(expected)) {
                        failures.add(answer.statusCode() + " " + answer.body() + " instead of " + expected);
                    }
                    answers.incrementAndGet();
                } catch (IOException failure) {
                    failures.add(failure.toString());
                } catch (InterruptedException interrupted) {
                    return;
                }
            }
        }

        /** Waits until so many more were answered. */
        void awaitMore(int count) throws InterruptedException {
            int wanted = answers.get() + count;
            while (answers.get() < wanted) {
                Thread.sleep(5);
            }
        }

        @Override
        public void close() throws InterruptedException {
            isOver.set(true);
            for (Thread client : clients) {
                client.join();
            }
        }
    }

    @Test
    void nobodySeesAWorkerOrAnOwnerThatIsKilledOrLeaves() throws Exception {
        try (RunningCluster cluster = new RunningCluster(logs, 2)) {
            RoleProcess[] schedulers = {cluster.scheduler(0), cluster.scheduler(1)};
            // Before others look for free ports: one that was free a moment ago may be taken when it is bound.
            for (RoleProcess scheduler : schedulers) {
                scheduler.awaitReady();
            }
            RoleProcess first = worker(cluster, "worker-a");
            RoleProcess second = worker(cluster, "worker-b");
            List<String> gateways = List.of(
                    cluster.gateway("gateway-a", 0).awaitReady(),
                    cluster.gateway("gateway-b", 0).awaitReady());
            first.awaitReady();
            second.awaitReady();
            for (String gateway : gateways) {
                awaitModel(gateway);
            }
            Load load = new Load(gateways);
            try (load) {
                load.awaitMore(200);
                first.kill();
                load.awaitMore(200);
                RoleProcess third = worker(cluster, "worker-c");
                third.awaitReady();
                second.terminate();
                assertThat(second.awaitExit()).as(second.said()).isZero();
                load.awaitMore(200);
                int owner = owner(schedulers);
                schedulers[owner].kill();
                schedulers[1 - owner].awaitSaid("Keeping the queue of *inferences");
                load.awaitMore(200);
                schedulers[owner] = cluster.scheduler(owner);
                schedulers[owner].awaitReady();
                schedulers[1 - owner].terminate();
                assertThat(schedulers[1 - owner].awaitExit()).isZero();
                load.awaitMore(200);
            }
            assertThat(load.failures).as(cluster.said()).isEmpty();
        }
    }

    private void awaitModel(String gateway) throws Exception {
        while (!get(gateway, "/v2/models/scale").contains("\"name\":\"scale\"")) {
            Thread.sleep(20);
        }
    }

    private static int owner(RoleProcess[] schedulers) throws IOException {
        for (int i = 0; i < schedulers.length; i++) {
            String said = schedulers[i].said();
            if (said.lastIndexOf("Keeping the queue of *inferences")
                    > said.lastIndexOf("The queue of *inferences goes to another")) {
                return i;
            }
        }
        throw new AssertionError("nobody keeps the queue of inferences");
    }

    @Test
    void everyWorkerLoadsAndUnloadsAndWithoutOneThereIsAClearError() throws Exception {
        try (RunningCluster cluster = new RunningCluster(logs, 1)) {
            RoleProcess scheduler = cluster.scheduler(0);
            scheduler.awaitReady();
            RoleProcess first = worker(cluster, "worker-a");
            RoleProcess second = worker(cluster, "worker-b");
            // Gateways make the tokens of embeddings: so they read the repository too.
            RoleProcess gateway = cluster.gateway("gateway", 0, "--model-repository", repository.toString());
            String base = gateway.awaitReady();
            first.awaitReady();
            second.awaitReady();
            awaitModel(base);
            assertEmbeddings(base);
            SmallModels.writeScale(repository.resolve("scale/2"), 3);
            SmallModels.writeScale(repository.resolve("later/1"), 7);
            assertThat(post(base, "/v2/repository/models/scale/load", "{}").body())
                    .isEqualTo("{}");
            assertThat(post(base, "/v2/repository/models/later/load", "{}").body())
                    .isEqualTo("{}");
            for (RoleProcess worker : List.of(first, second)) {
                assertThat(worker.said()).contains("Loaded version 2 of scale").contains("Loaded version 1 of later");
            }
            assertThat(post(base, "/predict", "{\"model\":\"scale\",\"input\":[[1,2]]}")
                            .body())
                    .isEqualTo("{\"result\":[[3.0,6.0]]}");
            assertThat(post(base, "/v2/repository/models/later/unload", "{}").body())
                    .isEqualTo("{}");
            for (RoleProcess worker : List.of(first, second)) {
                assertThat(worker.said()).contains("Unloaded version 1 of later");
            }
            assertThat(post(base, "/predict", "{\"model\":\"later\",\"input\":[[1,2]]}")
                            .statusCode())
                    .isEqualTo(404);
            assertThat(post(base, "/v2/repository/models/none/load", "{}").body())
                    .contains("no model 'none'");
            assertThat(post(base, "/v2/repository/models/scale/load", """
                            {"parameters": {"config": "{\\"max_batch_size\\": 1}"}}""").body())
                    .isEqualTo("{}");
            first.kill();
            second.kill();
            first.awaitExit();
            second.awaitExit();
            HttpRequest impatient = HttpRequest.newBuilder(URI.create(base + "/v2/models/scale/infer"))
                    .version(HttpClient.Version.HTTP_1_1)
                    .header("X-Request-Timeout", "1")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],"
                            + "\"datatype\":\"FP32\",\"data\":[1,2]}]}"))
                    .build();
            HttpResponse<String> held = http.send(impatient, HttpResponse.BodyHandlers.ofString());
            assertThat(held.statusCode()).as(held.body()).isIn(503, 504);
            assertThat(held.body()).startsWith("{\"error\":\"");
            RoleProcess third = worker(cluster, "worker-c");
            third.awaitReady();
            assertThat(post(base, "/predict", "{\"model\":\"scale\",\"input\":[[1,2]]}")
                            .body())
                    .isEqualTo("{\"result\":[[3.0,6.0]]}");
            assertThat(post(base, "/predict", "{\"model\":\"scale\",\"input\":[[1,2],[3,4]]}")
                            .body())
                    .as("the settings of the last load, by a worker that was not there")
                    .contains("batch-size must be <= 1");
            assertEmbeddings(base);
            Path others = Files.createDirectories(logs.resolve("others"));
            SmallModels.writeScale(others.resolve("scale/2"), 4);
            cluster.worker("worker-d", "--model-repository", others.toString())
                    .awaitSaid("The scheduler does not take version 2 of scale from this worker: its files");
            scheduler.awaitSaid("version 2 of scale is not taken from worker");
            assertThat(post(base, "/predict", "{\"model\":\"scale\",\"input\":[[1,2]]}")
                            .body())
                    .isEqualTo("{\"result\":[[3.0,6.0]]}");
        }
    }

    private void assertEmbeddings(String gateway) throws Exception {
        List<String> texts = List.of("a quick brown fox", "stop");
        JsonArray data = new JsonObject(post(
                                gateway,
                                "/v1/embeddings",
                                new JsonObject()
                                        .put("model", "sentences")
                                        .put("input", texts)
                                        .encode())
                        .body())
                .getJsonArray("data");
        assertThat(data).hasSameSizeAs(texts);
        for (int i = 0; i < texts.size(); i++) {
            JsonArray vector = data.getJsonObject(i).getJsonArray("embedding");
            double[] expected = EmbeddingModelFiles.vectorOf(SEED, texts.get(i));
            assertThat(vector).hasSize(expected.length);
            for (int j = 0; j < expected.length; j++) {
                assertThat(vector.getDouble(j)).as(texts.get(i) + " " + j).isCloseTo(expected[j], within(1e-5));
            }
        }
    }
}
