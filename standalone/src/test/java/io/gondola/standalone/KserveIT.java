package io.gondola.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Open Inference Protocol over REST, with real models from a repository. */
class KserveIT {

    @TempDir
    private static Path repository;

    private static RunningGondola gondola;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws Exception {
        SmallModels.writeScale(repository.resolve("scale/1"), 10);
        SmallModels.writeLookup(repository.resolve("lookup/1"));
        gondola = RunningGondola.withRepository(repository);
    }

    @AfterAll
    static void stop() {
        gondola.close();
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gondola.port() + path))
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> infer(String model, String json) throws IOException, InterruptedException {
        return gondola.post("/v2/models/" + model + "/infer", json);
    }

    @Test
    void theServerAndItsModelsAreDescribed() throws Exception {
        assertThat(get("/v2").body()).contains("\"name\":\"gondola\"").contains("binary_tensor_data");
        assertThat(get("/v2/health/live").statusCode()).isEqualTo(200);
        assertThat(get("/v2/health/ready").statusCode()).isEqualTo(200);
        assertThat(get("/v2/models/lookup").body())
                .isEqualTo("{\"name\":\"lookup\",\"versions\":[\"1\"],\"platform\":\"tensorflow_savedmodel\","
                        + "\"inputs\":[{\"name\":\"id\",\"datatype\":\"INT64\",\"shape\":[-1]},"
                        + "{\"name\":\"scale\",\"datatype\":\"FP32\",\"shape\":[-1]}],"
                        + "\"outputs\":[{\"name\":\"twice\",\"datatype\":\"FP32\",\"shape\":[-1]},"
                        + "{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[-1]}]}");
        assertThat(get("/v2/models/lookup/versions/1/ready").statusCode()).isEqualTo(200);
        assertThat(get("/v2/models/lookup/versions/9/ready").statusCode()).isEqualTo(404);
        assertThat(get("/v2/models/none/ready").statusCode()).isEqualTo(404);
        assertThat(gondola.post("/v2/repository/index", "{}").body())
                .contains("{\"name\":\"lookup\",\"version\":\"1\",\"state\":\"READY\"}");
        assertThat(get("/v2/models/lookup/stats").body())
                .contains("\"inference_count\":")
                .contains("execution_count");
    }

    @Test
    void tensorsInJson() throws Exception {
        HttpResponse<String> response = infer("lookup", """
                {"id": "my-1", "inputs": [
                  {"name": "scale", "shape": [2], "datatype": "FP32", "data": [2, 0.5]},
                  {"name": "id", "shape": [2], "datatype": "INT64", "data": [0, 3]}],
                 "outputs": [{"name": "y"}]}""");
        assertThat(response.body())
                .isEqualTo("{\"id\":\"my-1\",\"model_name\":\"lookup\",\"model_version\":\"1\",\"outputs\":["
                        + "{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[2],\"data\":[5.0,80.0]}]}");
    }

    @Test
    void tensorsAsBinaryData() throws Exception {
        byte[] json = ("{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\","
                        + "\"parameters\":{\"binary_data_size\":8}}],"
                        + "\"outputs\":[{\"name\":\"y\",\"parameters\":{\"binary_data\":true}}]}")
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = ByteBuffer.allocate(json.length + 8).order(ByteOrder.LITTLE_ENDIAN);
        body.put(json).putFloat(1.5f).putFloat(Float.NaN);
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gondola.port() + "/v2/models/scale/infer"))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Content-Type", "application/octet-stream")
                .header("Inference-Header-Content-Length", String.valueOf(json.length))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.array()))
                .build();
        HttpResponse<byte[]> response = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
        assertThat(response.statusCode()).isEqualTo(200);
        int jsonBytes = Integer.parseInt(
                response.headers().firstValue("Inference-Header-Content-Length").orElseThrow());
        String head = new String(response.body(), 0, jsonBytes, StandardCharsets.UTF_8);
        assertThat(head).contains("\"parameters\":{\"binary_data_size\":8}").doesNotContain("\"data\"");
        ByteBuffer data = ByteBuffer.wrap(response.body(), jsonBytes, 8).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(data.getFloat()).isGreaterThan(10);
        assertThat(data.getFloat()).isNaN();
    }

    @Test
    void anOutputAsItsLargestClasses() throws Exception {
        HttpResponse<String> response = infer("scale", """
                {"inputs": [{"name": "x", "shape": [2, 2], "datatype": "FP32", "data": [[1, 2], [4, 3]]}],
                 "outputs": [{"name": "y", "parameters": {"classification": 1}}]}""");
        assertThat(response.body())
                .contains("\"datatype\":\"BYTES\",\"shape\":[2,1]")
                .contains(":1\"")
                .contains(":0\"");
    }

    @Test
    void wrongRequestsAreToldWhatIsWrongInTheProtocolsShape() throws Exception {
        String one = "{\"inputs\": [{\"name\": \"x\", \"shape\": [1, 2], \"datatype\": \"FP32\", ";
        String[][] cases = {
            {one + "\"data\": [1]}]}", "400", "needs 2 elements"},
            {one + "\"data\": [1, 1e39]}]}", "400", "Overflow at inputs[0].data[1]"},
            {one + "\"data\": [1, true]}]}", "400", "inputs[0].data[1]"},
            {one + "\"parameters\": {\"binary_data_size\": 8}}]}", "400", "8 bytes of binary data"},
            {one + "\"data\": [1, 2]}], \"outputs\": [{\"name\": \"z\"}]}", "400", "unexpected inference output 'z'"},
            {one.replace("[1, 2]", "[2, 1]") + "\"data\": [1, 2]}]}", "400", "unexpected shape"},
            {one.replace("FP32", "FP64") + "\"data\": [1, 2]}]}", "400", "data-type is 'FP64'"},
            {one.replace("FP32", "FP33") + "\"data\": [1, 2]}]}", "400", "invalid datatype 'FP33'"},
            {one.replace("\"x\"", "\"q\"") + "\"data\": [1, 2]}]}", "400", "unexpected inference input 'q'"},
            {one.replace("[1, 2]", "[-1, 2]") + "\"data\": [1, 2]}]}", "400", "shape"},
            {one.replace("[1, 2]", "[4294967296, 4294967296]") + "\"data\": [1]}]}", "400", "too many elements"},
            {"{\"inputs\": []}", "400", "no inputs"},
            {"{}", "400", "inputs"},
            {"[1", "400", "parse"},
        };
        for (String[] each : cases) {
            HttpResponse<String> response = infer("scale", each[0]);
            assertThat(response.statusCode()).as(each[0] + response.body()).isEqualTo(Integer.parseInt(each[1]));
            assertThat(response.body()).as(each[0]).startsWith("{\"error\":\"").contains(each[2]);
        }
        assertThat(infer("none", "{}").statusCode()).isEqualTo(404);
        assertThat(get("/v2/models/scale/infer").statusCode()).isEqualTo(405);
        assertThat(get("/v2/nothing").statusCode()).isEqualTo(404);
    }

    @Test
    void aNewVersionTakesOverWithoutAFailedRequest() throws Exception {
        SmallModels.writeScale(repository.resolve("growing/1"), 1);
        assertThat(gondola.post("/v2/repository/models/growing/load", "{}").statusCode())
                .isEqualTo(200);
        AtomicBoolean isOver = new AtomicBoolean();
        ExecutorService clients = Executors.newFixedThreadPool(4);
        List<Future<List<String>>> running = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            running.add(clients.submit(() -> {
                List<String> answers = new ArrayList<>();
                while (!isOver.get()) {
                    answers.add(gondola.post("/predict", "{\"model\": \"growing\", \"input\": [[1, 1]]}")
                            .body());
                }
                return answers;
            }));
        }
        for (int version = 2; version <= 5; version++) {
            SmallModels.writeScale(repository.resolve("growing/" + version), version);
            HttpResponse<String> loaded = gondola.post("/v2/repository/models/growing/load", "{}");
            assertThat(loaded.statusCode()).as(loaded.body()).isEqualTo(200);
            assertThat(gondola.post("/predict", "{\"model\": \"growing\", \"input\": [[1, 1]]}")
                            .body())
                    .isEqualTo("{\"result\":[[" + version + ".0," + version + ".0]]}");
        }
        isOver.set(true);
        for (Future<List<String>> each : running) {
            assertThat(each.get())
                    .isNotEmpty()
                    .allMatch(answer -> answer.matches("\\{\"result\":\\[\\[(.)\\.0,\\1\\.0]]}"));
        }
        clients.shutdownNow();
        assertThat(gondola.post("/v2/repository/models/growing/unload", "{}").statusCode())
                .isEqualTo(200);
        assertThat(get("/v2/models/growing/ready").statusCode()).isEqualTo(404);
    }

    @Test
    void settingsOfALoadTakeThePlaceOfTheFileUntilTheNext() throws Exception {
        SmallModels.writeScale(repository.resolve("narrow/1"), 2);
        String two = "{\"model\": \"narrow\", \"input\": [[1, 1], [2, 2]]}";
        String load = "/v2/repository/models/narrow/load";
        HttpResponse<String> loaded =
                gondola.post(load, "{\"parameters\": {\"config\": \"{\\\"max_batch_size\\\": 1}\"}}");
        assertThat(loaded.statusCode()).as(loaded.body()).isEqualTo(200);
        assertThat(gondola.post("/predict", two).body()).contains("batch-size must be <= 1");
        HttpResponse<String> wrong = gondola.post(load, "{\"parameters\": {\"config\": \"{\\\"max_batch\\\": 1}\"}}");
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(wrong.body()).contains("unknown key max_batch");
        assertThat(gondola.post("/predict", two).body()).contains("batch-size must be <= 1");
        assertThat(gondola.post(load, "{}").statusCode()).isEqualTo(200);
        assertThat(gondola.post("/predict", two).body()).isEqualTo("{\"result\":[[2.0,2.0],[4.0,4.0]]}");
    }

    @Test
    void statisticsCountRequestsRowsRunsAndFailures() throws Exception {
        SmallModels.writeLookup(repository.resolve("counted/1"));
        assertThat(gondola.post("/v2/repository/models/counted/load", "{}").statusCode())
                .isEqualTo(200);
        String stats = "/v2/models/counted/versions/1/stats";
        assertThat(get(stats).body()).contains("\"inference_count\":0,\"execution_count\":0");
        gondola.post("/predict", "{\"model\": \"counted\", \"input\": {\"id\": [1, 2, 3], \"scale\": [1, 1, 1]}}");
        gondola.post("/predict", "{\"model\": \"counted\", \"input\": {\"id\": [99], \"scale\": [1]}}");
        String body = get(stats).body();
        // A result goes to its client before it is counted.
        for (int i = 0; i < 1_000 && !body.contains("\"fail\":{\"count\":1,"); i++) {
            Thread.sleep(10);
            body = get(stats).body();
        }
        assertThat(body)
                .contains("\"inference_count\":3,\"execution_count\":1")
                .contains("\"success\":{\"count\":1,")
                .contains("\"fail\":{\"count\":1,")
                .contains("\"compute_infer\":{\"count\":1,")
                .contains("\"batch_stats\":[{\"batch_size\":3,\"compute_input\":{\"count\":1,");
    }

    @Test
    void whatCannotBeLoadedIsToldAndWhatServesStays() throws Exception {
        Files.createDirectories(repository.resolve("scale/2"));
        Files.writeString(repository.resolve("scale/2/saved_model.pb"), "no model");
        HttpResponse<String> response = gondola.post("/v2/repository/models/scale/load", "{}");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).startsWith("{\"error\":\"").contains("scale");
        assertThat(get("/v2/models/scale/ready").statusCode()).isEqualTo(200);
        assertThat(gondola.post("/v2/repository/models/none/load", "{}").body()).contains("no model 'none'");
        assertThat(gondola.post("/v2/repository/models/none/unload", "{}").statusCode())
                .isEqualTo(400);
    }
}
