package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.GatewayConfig;
import io.gondola.gateway.embeddings.EmbeddingLimits;
import io.gondola.gateway.http.RawClient.Answer;
import io.gondola.launch.TextFiles;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.BatchingSettings;
import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.EmbeddingOutput;
import io.gondola.protocol.inference.InferenceFailure;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorModel;
import io.gondola.protocol.inference.TensorSpec;
import io.vertx.core.json.JsonArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a request for embeddings between its client and the scheduler, with the demo model's tokenizer. */
class EmbeddingRoutesTest {

    private static final String PATH = "/v1/embeddings";
    private static final String MODEL = "vectors";
    private static final String OUTPUT = "sentence_embedding";

    @TempDir
    private Path repository;

    private GatewayHarness harness;
    private FakeInferences inferences;
    private RawClient client;
    private String fingerprint;

    @BeforeEach
    void start() throws Exception {
        Path directory = Files.createDirectories(repository.resolve(MODEL));
        Files.copy(Path.of("..", "models", "gondola-guide", "tokenizer.json"), directory.resolve(TextFiles.TOKENIZER));
        Files.writeString(directory.resolve(TextFiles.SENTENCE_CONFIG), "{\"max_seq_length\": 200}");
        fingerprint = TextFiles.fingerprint(directory);
        startGateway(config -> config.withModelRepository(repository));
    }

    private void startGateway(UnaryOperator<GatewayConfig> config, String... headers) throws Exception {
        harness = GatewayHarness.start(config);
        inferences = new FakeInferences(harness.vertx);
        client = harness.connect();
        serve(model(1, true, fingerprint), headers);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        harness.close();
    }

    private static TensorModel model(long version, boolean isNormalized, String fingerprint) {
        List<TensorSpec> inputs = new ArrayList<>();
        for (String name : List.of("input_ids", "attention_mask", "position_ids", "token_type_ids")) {
            inputs.add(new TensorSpec(name, Datatype.INT32, new long[] {-1, -1}));
        }
        Signature signature = new Signature(
                "serving_default", inputs, List.of(new TensorSpec(OUTPUT, Datatype.FP32, new long[] {-1, -1})));
        return new TensorModel(
                MODEL,
                version,
                "onnxruntime_onnx",
                List.of(signature),
                BatchingSettings.ofSize(8),
                new EmbeddingOutput(OUTPUT, 0, isNormalized, fingerprint));
    }

    /** Until the event loop that this client is connected to knows it. */
    private void serve(TensorModel model, String... headers) throws Exception {
        inferences.tellModels(List.of(model));
        String version = "/v2/models/" + MODEL + "/versions/" + model.version();
        while (client.get(version, headers).status() != 200) {
            Thread.sleep(5);
        }
    }

    private static Tensor vector(float... values) {
        ByteBuffer data = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return new Tensor(OUTPUT, Datatype.FP32, new long[] {1, values.length}, data.array());
    }

    private List<InferenceRequest> submits(int count) throws InterruptedException {
        List<InferenceRequest> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(inferences.awaitSubmit());
        }
        return requests;
    }

    private static int[] ints(InferenceRequest request, String input) {
        Tensor tensor = request.inputs().stream()
                .filter(each -> each.name().equals(input))
                .findFirst()
                .orElseThrow();
        int[] values = new int[tensor.elements()];
        ByteBuffer.wrap(tensor.data())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asIntBuffer()
                .get(values);
        return values;
    }

    @Test
    void eachInputIsAnInferenceOfItsOwn() throws Exception {
        client.post(PATH, "{\"input\":[[7,8,9],[5],[1,2,3,4,5,6,7,8,9]],\"model\":\"vectors\"}");
        List<InferenceRequest> requests = submits(3);
        InferenceRequest shortest = requests.get(0);
        assertThat(shortest.version()).isEqualTo(1);
        assertThat(shortest.outputs()).containsExactly(OUTPUT);
        assertThat(ints(shortest, "input_ids")).containsExactly(5, 0, 0, 0, 0, 0, 0, 0);
        assertThat(ints(shortest, "attention_mask")).containsExactly(1, 0, 0, 0, 0, 0, 0, 0);
        assertThat(ints(shortest, "position_ids")).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        assertThat(ints(shortest, "token_type_ids")).containsOnly(0);
        assertThat(ints(requests.get(1), "input_ids")).startsWith(7, 8, 9).hasSize(8);
        assertThat(ints(requests.get(2), "input_ids")).startsWith(1, 2, 3).hasSize(16);
        inferences.answer(requests.get(2), vector(3, 0));
        inferences.answer(requests.get(0), vector(1, 0));
        inferences.answer(requests.get(1), vector(2, 0));
        Answer answer = client.readAnswer();
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        JsonArray data = answer.json().getJsonArray("data");
        for (int i = 0; i < 3; i++) {
            float first = new float[] {2, 1, 3}[i];
            assertThat(data.getJsonObject(i).getInteger("index")).isEqualTo(i);
            assertThat(data.getJsonObject(i).getJsonArray("embedding").getFloat(0))
                    .isEqualTo(first);
        }
        assertThat(answer.json().getJsonObject("usage").getInteger("prompt_tokens"))
                .isEqualTo(13);
        assertThat(answer.header("server-timing")).contains("queue;dur=0.001, compute;dur=0.002;desc=\"3 inputs");
    }

    @Test
    void theOwnerOfTheKeyIsTheTenantAndHasAWeight(@TempDir Path folder) throws Exception {
        stop();
        Path keys = KeyFiles.openAndNight(folder, "sk-open", "sk-night");
        String bearer = "Authorization: Bearer sk-open";
        startGateway(config -> config.withModelRepository(repository).withApiKeys(keys), bearer);
        client.post(PATH, "{\"input\":[5],\"user\":\"me\"}", bearer);
        InferenceRequest request = inferences.awaitSubmit();
        assertThat(request.tenant()).isEqualTo("acme");
        assertThat(request.tenantWeight()).isEqualTo(3);
        inferences.answer(request, vector(1, 0));
        assertThat(client.readAnswer().status()).isEqualTo(200);
    }

    @Test
    void aLongListDoesNotFillTheQueueOfAll() throws Exception {
        int inputs = EmbeddingLimits.IN_FLIGHT_MAX + 44;
        client.post(PATH, "{\"input\":[" + "[5],".repeat(inputs - 1) + "[5]]}");
        List<InferenceRequest> open = submits(EmbeddingLimits.IN_FLIGHT_MAX);
        inferences.assertNoSubmit();
        for (int answered = 0; answered < inputs; answered++) {
            inferences.answer(open.remove(0), vector(answered));
            if (answered < 44) {
                open.add(inferences.awaitSubmit());
                inferences.assertNoSubmit();
            }
        }
        assertThat(client.readAnswer().json().getJsonArray("data")).hasSize(inputs);
    }

    @Test
    void aClientThatLeavesIsNotComputedFor() throws Exception {
        client.post(PATH, "{\"input\":[[5],[6],[7]]}");
        List<InferenceRequest> requests = submits(3);
        inferences.answer(requests.remove(1), vector(1));
        client.close();
        inferences.awaitCancels(requests);
        harness.awaitMetric("gondola_inference_requests_total{model=\"vectors\",outcome=\"cancelled\"}", 1);
    }

    @Test
    void theFirstFailureEndsItAndNamesItsInput() throws Exception {
        client.post(PATH, "{\"input\":[[5],[6],[7]]}");
        List<InferenceRequest> requests = submits(3);
        inferences.fail(
                requests.remove(1), new InferenceFailure(InferenceFailure.Kind.MODEL_FAILED, "index out of range"));
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.error().getString("param")).isEqualTo("input[1]");
        assertThat(answer.error().getString("message")).isEqualTo("index out of range");
        inferences.awaitCancels(requests);
    }

    @Test
    void aFullQueueIsARateLimit() throws Exception {
        client.post(PATH, "{\"input\":[[5],[6]]}", "X-Priority: batch");
        List<InferenceRequest> requests = submits(2);
        assertThat(requests.get(0).requestClass()).isEqualTo(RequestClass.BATCH);
        inferences.refuse(
                requests.remove(0), new Rejection(Rejection.Reason.QUEUE_REQUESTS_FULL, "queueRequestsMax", 9, 1_500));
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.header("retry-after")).isEqualTo("2");
        assertThat(answer.error().getString("code")).isEqualTo("rate_limit_exceeded");
        inferences.awaitCancels(requests);
    }

    @Test
    void aDeadlineIsForAllOfIt() throws Exception {
        client.post(PATH, "{\"input\":[[5],[6]]}", "X-Request-Timeout: 0.05");
        List<InferenceRequest> requests = submits(2);
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(504);
        inferences.awaitCancels(requests);
    }

    @Test
    void aNewVersionComputesAllOfIt() throws Exception {
        client.post(PATH, "{\"input\":[[5],[6]]}");
        List<InferenceRequest> old = submits(2);
        inferences.answer(old.get(0), vector(1, 1));
        inferences.tellModels(List.of(model(2, true, fingerprint)));
        // The event loop is told in the order of what it is sent, so before it hears of the refusal.
        inferences.refuse(old.get(1), new Rejection(Rejection.Reason.UNKNOWN_MODEL, "", 0, 0));
        List<InferenceRequest> anew = submits(2);
        assertThat(anew).extracting(InferenceRequest::version).containsOnly(2L);
        inferences.answer(anew.get(0), vector(7));
        inferences.answer(anew.get(1), vector(8));
        JsonArray data = client.readAnswer().json().getJsonArray("data");
        assertThat(data.getJsonObject(0).getJsonArray("embedding")).hasSize(1);
        assertThat(data.getJsonObject(1).getJsonArray("embedding").getFloat(0)).isEqualTo(8f);
    }

    @Test
    void aVersionThatIsGoneWithoutAnotherIsToldSo() throws Exception {
        client.post(PATH, "{\"input\":[[5]]}");
        inferences.refuse(submits(1).get(0), new Rejection(Rejection.Reason.UNKNOWN_MODEL, "", 0, 0));
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.error().getString("code")).isEqualTo("model_not_found");
    }

    @Test
    void whatIsNoVectorIsNoAnswer() throws Exception {
        for (String format : List.of("float", "base64")) {
            client.post(PATH, "{\"input\":[[5]],\"encoding_format\":\"" + format + "\"}");
            inferences.answer(submits(1).get(0), vector(1, Float.NaN));
            Answer answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.error().getString("message")).contains("no finite vector for 'input[0]'");
        }
    }

    @Test
    void vectorsTurnOutShorterThanWanted() throws Exception {
        client.post(PATH, "{\"input\":[[5]],\"dimensions\":3}");
        inferences.answer(submits(1).get(0), vector(3, 4));
        Answer tooMany = client.readAnswer();
        assertThat(tooMany.status()).isEqualTo(400);
        assertThat(tooMany.error().getString("param")).isEqualTo("dimensions");
        client.post(PATH, "{\"input\":[[5]],\"dimensions\":1}");
        inferences.answer(submits(1).get(0), vector(-0.6f, 0.8f));
        JsonArray data = client.readAnswer().json().getJsonArray("data");
        assertThat(data.getJsonObject(0).getJsonArray("embedding").getFloat(0)).isEqualTo(-1f);
    }

    @Test
    void otherFilesThanTheWorkersAreNotUsed() throws Exception {
        serve(model(3, true, "another"));
        client.post(PATH, "{\"input\":\"a text\"}");
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.error().getString("code")).isEqualTo("tokenizer_unavailable");
        assertThat(answer.body()).doesNotContain(repository.toString());
        inferences.assertNoSubmit();
    }

    @Test
    void aTextIsWhatTheTokenizerMakesOfIt() throws Exception {
        client.post(PATH, "{\"input\":\"What is batching?\"}");
        InferenceRequest request = submits(1).get(0);
        int[] ids = harness.ids("What is batching?");
        assertThat(ints(request, "input_ids")).startsWith(ids);
        assertThat(ints(request, "attention_mask"))
                .satisfies(mask -> assertThat(mask[ids.length]).isZero());
        inferences.answer(request, vector(1));
        assertThat(client.readAnswer().status()).isEqualTo(200);
    }
}
