package io.gondola.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code /predict} over HTTP, with real models from a repository. */
class PredictIT {

    @TempDir
    private static Path repository;

    private static RunningGondola gondola;

    @BeforeAll
    static void start() throws Exception {
        SmallModels.writeScale(repository.resolve("scale/1"), 10);
        SmallModels.writeScale(repository.resolve("scale/2"), 100);
        SmallModels.writeLookup(repository.resolve("lookup/1"));
        gondola = RunningGondola.withRepository(repository);
    }

    @AfterAll
    static void stop() {
        gondola.close();
    }

    private static HttpResponse<String> predict(String json) throws IOException, InterruptedException {
        return gondola.post("/predict", json);
    }

    @Test
    void listsInListsOut() throws Exception {
        HttpResponse<String> response = predict("{\"model\": \"scale\", \"input\": [[1, 2.5], [-3, 0]]}");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{\"result\":[[100.0,250.0],[-300.0,0.0]]}");
        assertThat(response.headers().firstValue("Server-Timing"))
                .hasValueSatisfying(value -> assertThat(value).contains("queue").contains("batch of"));
    }

    @Test
    void severalInputsAndOutputsGoByName() throws Exception {
        HttpResponse<String> response =
                predict("{\"model\": \"lookup\", \"input\": {\"scale\": [2, 1], \"id\": [3, 0]}}");
        assertThat(response.body()).isEqualTo("{\"result\":{\"twice\":[40.0,20.0],\"y\":[20.0,10.0]}}");
    }

    @Test
    void wrongRequestsAreToldWhatIsWrong() throws Exception {
        String[][] cases = {
            {"{\"input\": [[1, 2]]}", "400", "'model'"},
            {"{\"model\": \"none\", \"input\": [[1, 2]]}", "404", "unknown model"},
            {"{\"model\": 7, \"input\": [[1, 2]]}", "400", "expected a string"},
            {"{\"model\": \"scale\"}", "400", "'input'"},
            {"{\"model\": \"scale\", \"input\": [[1, 2]], \"x\": 1}", "400", "Unknown parameter: 'x'"},
            {"{\"model\": \"scale\", \"input\": [1, 2]}", "400", "unexpected shape"},
            {"{\"model\": \"scale\", \"input\": [[1, 2, 3]]}", "400", "unexpected shape"},
            {"{\"model\": \"scale\", \"input\": [[1, 2], [3]]}", "400", "input[1] has 1 elements"},
            {"{\"model\": \"scale\", \"input\": [[1, \"a\"]]}", "400", "input[0][1]"},
            {"{\"model\": \"scale\", \"input\": [[1, 1e39]]}", "400", "Overflow at input[0][1]"},
            {"{\"model\": \"scale\", \"input\": [[1, [2]]]}", "400", "input[0][1] is a list"},
            {"{\"model\": \"lookup\", \"input\": [1]}", "400", "several inputs"},
            {"{\"model\": \"lookup\", \"input\": {\"id\": [1]}}", "400", "'scale' is missing"},
            {"{\"model\": \"lookup\", \"input\": {\"id\": [1.5], \"scale\": [1]}}", "400", "input.id[0]"},
            {"{\"model\": \"lookup\", \"input\": {\"id\": [9223372036854775808], \"scale\": [1]}}", "400", "Overflow"},
            {"{\"model\": \"lookup\", \"input\": {\"id\": [1, 2], \"scale\": [1]}}", "400", "batch of"},
            {"{\"model\": \"lookup\", \"input\": {\"id\": [1], \"scale\": [1], \"z\": 1}}", "400", "no input 'z'"},
            {"{\"model\": \"lookup\", \"input\": {\"id\": [99], \"scale\": [1]}}", "500", "99"},
            {"{\"model\": \"lookup\", \"input\": {\"id\": [1], \"scale\": [0]}}", "400", "JSON cannot hold"},
            {"{\"model\": ", "400", "could not parse"},
        };
        for (String[] each : cases) {
            HttpResponse<String> response = predict(each[0]);
            assertThat(response.statusCode()).as(each[0] + response.body()).isEqualTo(Integer.parseInt(each[1]));
            assertThat(response.body()).as(each[0]).contains(each[2]).contains("\"error\"");
        }
    }

    @Test
    void aBatchLargerThanTheModelTakesIsRefused() throws Exception {
        String rows = "[1, 2],".repeat(64) + "[1, 2]";
        HttpResponse<String> response = predict("{\"model\": \"scale\", \"input\": [" + rows + "]}");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("batch-size must be <= 64");
    }

    @Test
    void manyClientsEachGetTheirOwnAndTheBadOneFailsAlone() throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(16);
        try {
            List<Callable<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                int id = i % 10 == 7 ? 99 : i % 4;
                String json = "{\"model\": \"lookup\", \"input\": {\"id\": [" + id + "], \"scale\": [0.5]}}";
                calls.add(() -> predict(json));
            }
            List<Future<HttpResponse<String>>> answers = clients.invokeAll(calls);
            for (int i = 0; i < 200; i++) {
                HttpResponse<String> answer = answers.get(i).get();
                if (i % 10 == 7) {
                    assertThat(answer.statusCode()).isEqualTo(500);
                } else {
                    float y = (i % 4 + 1) * 20f;
                    assertThat(answer.body()).isEqualTo("{\"result\":{\"twice\":[" + 2 * y + "],\"y\":[" + y + "]}}");
                }
            }
        } finally {
            clients.shutdownNow();
        }
        assertThat(gondola.metrics())
                .contains("gondola_inference_rows_total{model=\"lookup\",version=\"1\"}")
                .contains("gondola_inference_runs_total{model=\"lookup\",version=\"1\"}")
                .contains("gondola_inference_batch_rows_bucket{model=\"lookup\"")
                .contains("gondola_inference_queue_wait_seconds_count{model=\"lookup\"}")
                .contains("gondola_inference_requests_total{model=\"lookup\",outcome=\"success\"}");
    }
}
