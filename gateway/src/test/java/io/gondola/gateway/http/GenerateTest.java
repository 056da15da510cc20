package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.http.RawClient.Answer;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Triton's generate and generate_stream, and text models in the Open Inference Protocol. */
class GenerateTest extends SharedGateway {

    private static final String GENERATE = "/v2/models/gondola-guide/generate";
    private static final String GENERATE_STREAM = "/v2/models/gondola-guide/generate_stream";

    @Override
    GatewayHarness open() throws Exception {
        return GatewayHarness.start();
    }

    private String text(int[] ids) {
        return harness.model.tokenizer().decode(ids);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"text_input\": \"Hello\", \"parameters\": {\"max_tokens\": 9, \"temperature\": 0.5, \"top_k\": 7,"
                        + " \"top_p\": 0.9, \"seed\": 42, \"stop\": [\"zzz\"], \"stream\": false}}",
                "{\"text_input\": \"Hello\", \"max_tokens\": 9, \"temperature\": 0.5, \"top_k\": 7, \"top_p\": 0.9,"
                        + " \"seed\": 42, \"stop\": \"zzz\", \"stream\": false}",
                "{\"text_input\": \"Hello\", \"max_tokens\": 9, \"bad_words\": \"\", \"stop_words\": [\"zzz\"],"
                        + " \"parameters\": {\"temperature\": 0.5, \"top_k\": 7, \"top_p\": 0.9, \"random_seed\": 42}}",
            })
    void parametersStandInsideOrBesideAndReachTheWorker(String body) throws Exception {
        // As Triton's own examples do it: curl -d, which names no JSON.
        client.send(RawClient.request("POST", GENERATE, body).replace("application/json", "text/plain"));
        GenerationRequest request = backend.awaitOne();
        assertThat(request.promptTokens()).isEqualTo(harness.ids("Hello"));
        assertThat(request.maxTokens()).isEqualTo(9);
        assertThat(request.sampling().temperature()).isEqualTo(0.5f);
        assertThat(request.sampling().topK()).isEqualTo(7);
        assertThat(request.sampling().topP()).isEqualTo(0.9f);
        assertThat(request.sampling().seed()).isEqualTo(42);
        int[] answer = harness.ids(" there zzz not this");
        backend.accept(request);
        backend.tokens(request, 0, answer);
        backend.awaitCancel();
        assertThat(client.readAnswer().json())
                .isEqualTo(new JsonObject()
                        .put("model_name", "gondola-guide")
                        .put("model_version", "1")
                        .put("text_output", " there ")
                        .put("finish_reason", "stop"));
    }

    @Test
    void aStreamGivesWhatIsNew() throws Exception {
        client.post(GENERATE_STREAM, "{\"text_input\": \"Hello\", \"parameters\": {\"stream\": true}}");
        GenerationRequest request = backend.awaitOne();
        backend.accept(request);
        int[] first = harness.ids(" one two");
        int[] second = harness.ids(" three");
        backend.tokens(request, 0, first);
        RawClient.Head head = client.readHead();
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("content-type")).startsWith("text/event-stream");
        backend.last(request, first.length, FinishReason.LENGTH, second);
        List<JsonObject> events =
                client.readEvents().stream().map(JsonObject::new).toList();
        assertThat(events)
                .allMatch(event -> event.getString("model_name").equals("gondola-guide")
                        && event.getString("model_version").equals("1"));
        assertThat(events.stream().map(event -> event.getString("text_output")).collect(Collectors.joining()))
                .isEqualTo(text(first) + text(second));
        assertThat(events.get(events.size() - 1).getString("finish_reason")).isEqualTo("length");
    }

    @Test
    void theInputComesFirstWhereItIsAskedFor() throws Exception {
        client.post(GENERATE, "{\"text_input\": \"Hello\", \"exclude_input_in_output\": false}");
        GenerationRequest request = backend.awaitOne();
        backend.accept(request);
        backend.last(request, 0, FinishReason.STOP, harness.ids(" there"));
        assertThat(client.readAnswer().json().getString("text_output")).isEqualTo("Hello there");
    }

    @Test
    void anErrorInAStreamHasTheProtocolsShape() throws Exception {
        client.post(GENERATE_STREAM, "{\"text_input\": \"Hello\"}");
        GenerationRequest request = backend.awaitOne();
        backend.accept(request);
        backend.tokens(request, 0, harness.ids(" one"));
        assertThat(client.readHead().status()).isEqualTo(200);
        backend.chunk(request, harness.ids(" one").length, new int[0], FinishReason.ERROR, "out of luck");
        List<String> events = client.readEvents();
        assertThat(events.get(events.size() - 1)).isEqualTo("{\"error\":\"out of luck\"}");
    }

    @Test
    void aRefusalBeforeTheStreamIsAStatus() throws Exception {
        client.post(GENERATE_STREAM, "{\"text_input\": \"Hello\"}");
        backend.reject(Rejection.Reason.QUEUE_REQUESTS_FULL, 2_000, backend.awaitOne());
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.header("retry-after")).isEqualTo("2");
        assertThat(answer.json().getString("error")).contains("queueRequestsMax");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|text_input",
                "{\"text_input\": 7}|text_input",
                "{\"text_input\": \"a\", \"parameters\": 7}|parameters",
                "{\"text_input\": \"a\", \"parameters\": {\"temperature\": 9}}|temperature",
                "{\"text_input\": \"a\", \"max_tokens\": 0}|max_tokens",
                "{\"text_input\": \"a\", \"max_tokens\": \"9\"}|max_tokens",
                "{\"text_input\": \"a\", \"max_tokens\": 9, \"parameters\": {\"max_tokens\": 8}}|given twice",
                "{\"text_input\": \"a\", \"stream\": true}|generate_stream",
                "{\"text_input\": \"a\", \"stream\": \"no\"}|stream",
                "{\"text_input\": \"a\", \"n\": 2}|n",
                "{\"text_input\": \"a\", \"bad_words\": [\"b\"]}|bad_words",
                "{\"text_input\": \"a\", \"beam_width\": 4}|beam_width",
                "[1]|JSON",
            })
    void whatIsWrongIsNamed(String body, String named) throws Exception {
        client.post(GENERATE, body);
        Answer answer = client.readAnswer();
        assertThat(answer.status()).as(answer.body()).isEqualTo(400);
        assertThat(answer.json().getString("error")).contains(named);
    }

    private JsonObject statistics(String path) throws Exception {
        Answer answer = client.get(path);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.json().getJsonArray("model_stats")).hasSize(1);
        return answer.json().getJsonArray("model_stats").getJsonObject(0);
    }

    @Test
    void statisticsCountWhatWasAnsweredAndWhatFailed() throws Exception {
        JsonObject before = statistics("/v2/models/gondola-guide/stats");
        client.post(GENERATE, "{\"text_input\": \"Hello\"}");
        backend.reject(Rejection.Reason.QUEUE_REQUESTS_FULL, 2_000, backend.awaitOne());
        assertThat(client.readAnswer().status()).isEqualTo(429);
        client.post("/v1/completions", "{\"model\": \"gondola-guide\", \"prompt\": \"Hello\", \"n\": 2}");
        List<GenerationRequest> choices = backend.awaitSubmit();
        choices.forEach(backend::accept);
        choices.forEach(choice -> backend.last(choice, 0, FinishReason.STOP, harness.ids(" there")));
        assertThat(client.readAnswer().status()).isEqualTo(200);
        JsonObject after = statistics("/v2/models/gondola-guide/versions/1/stats");
        assertThat(after.getString("name")).isEqualTo("gondola-guide");
        assertThat(after.getString("version")).isEqualTo("1");
        assertThat(after.getLong("last_inference")).isGreaterThan(before.getLong("last_inference"));
        for (String count : List.of("inference_count", "execution_count")) {
            assertThat(after.getLong(count) - before.getLong(count)).as(count).isEqualTo(2);
        }
        for (String part : List.of("success", "fail", "queue", "compute_input", "compute_infer", "compute_output")) {
            JsonObject was = before.getJsonObject("inference_stats").getJsonObject(part);
            JsonObject is = after.getJsonObject("inference_stats").getJsonObject(part);
            assertThat(is.getLong("count") - was.getLong("count")).as(part).isEqualTo(1);
            assertThat(is.getLong("ns")).as(part).isGreaterThanOrEqualTo(was.getLong("ns"));
        }
        assertThat(statistics("/v2/models/stats")).isEqualTo(after);
        assertThat(client.get("/v2/models/gondola-guide/versions/2/stats").status())
                .isEqualTo(404);
    }

    @Test
    void textModelsAreDescribed() throws Exception {
        JsonObject model = client.get("/v2/models/gondola-guide").json();
        assertThat(model.getString("name")).isEqualTo("gondola-guide");
        assertThat(model.getJsonArray("versions").getList()).isEqualTo(List.of("1"));
        assertThat(model.getJsonArray("inputs").getJsonObject(0))
                .isEqualTo(new JsonObject("{\"name\":\"text_input\",\"datatype\":\"BYTES\",\"shape\":[1]}"));
        assertThat(model.getJsonArray("outputs").getJsonObject(0).getString("name"))
                .isEqualTo("text_output");
        assertThat(client.get("/v2/models/gondola-guide/versions/1/ready").status())
                .isEqualTo(200);
        client.post("/v2/repository/index", "{}");
        assertThat(client.readAnswer().body())
                .isEqualTo("[{\"name\":\"gondola-guide\",\"version\":\"1\",\"state\":\"READY\"}]");
        harness.ready.set(false);
        try {
            assertThat(client.get("/v2/models/gondola-guide/ready").status()).isEqualTo(503);
            client.post("/v2/repository/index", "");
            assertThat(client.readAnswer().body()).contains("UNAVAILABLE");
            client.post("/v2/repository/index", "{\"ready\": true}");
            assertThat(client.readAnswer().body()).isEqualTo("[]");
            client.post("/v2/repository/index", "{\"ready\": 1}");
            assertThat(client.readAnswer().body()).isEqualTo("{\"error\":\"'ready' must be true or false\"}");
        } finally {
            harness.ready.set(true);
        }
    }
}
