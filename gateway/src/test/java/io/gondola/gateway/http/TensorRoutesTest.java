package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.http.RawClient.Answer;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.InferenceRequest;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients of /predict and /v2 are told when something is wrong before a model is asked, with API keys. */
class TensorRoutesTest {

    private static final String INFER = "/v2/models/" + FakeInferences.MODEL + "/infer";
    private static final String INFER_BODY =
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,2],\"datatype\":\"FP32\",\"data\":[1,2]}]}";
    private static final String PREDICT_BODY = "{\"input\":[[1,2]]}";
    private static final String KEY = "Authorization: Bearer sk-open";
    private static final String NIGHT_KEY = "Authorization: Bearer sk-night";

    @TempDir
    private static Path folder;

    private static GatewayHarness harness;
    private static FakeInferences inferences;
    private RawClient client;

    @BeforeAll
    static void start() throws Exception {
        Path file = KeyFiles.openAndNight(folder, "sk-open", "sk-night");
        harness = GatewayHarness.start(config -> config.withApiKeys(file));
        inferences = new FakeInferences(harness.vertx);
        inferences.tellModels();
    }

    @AfterAll
    static void stop() throws Exception {
        harness.close();
    }

    @BeforeEach
    void connect() throws Exception {
        client = harness.connect();
        while (client.get("/v2/models/" + FakeInferences.MODEL, KEY).status() != 200) {
            Thread.sleep(5);
        }
    }

    @AfterEach
    void leave() throws Exception {
        client.close();
    }

    private static void assertShape(Answer answer, int status) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().fieldNames()).containsExactly("error");
        assertThat(answer.json().getString("error")).isNotEmpty().doesNotContain("sk-");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v2",
        "GET, /v2/models/twins",
        "GET, /v2/models/twins/ready",
        "GET, /v2/models/stats",
        "POST, /v2/models/twins/infer",
        "POST, /v2/models/gondola-guide/generate",
        "POST, /v2/models/gondola-guide/generate_stream",
        "POST, /v2/repository/index",
        "POST, /v2/repository/models/twins/unload",
        "POST, /predict",
    })
    void withoutAKeyNothingIsToldAndNothingRuns(String method, String path) throws Exception {
        client.send(RawClient.request(method, path, ""));
        Answer absent = client.readAnswer();
        assertShape(absent, 401);
        assertThat(absent.header("www-authenticate")).isEqualTo("Bearer realm=\"gondola\"");
        client.send(RawClient.request(method, path, "", "Authorization: Bearer sk-none"));
        Answer unknown = client.readAnswer();
        assertShape(unknown, 401);
        assertThat(unknown.header("www-authenticate")).contains("invalid_token");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2/health/live", "/v2/health/ready"})
    void probesNeedNoKey(String path) throws Exception {
        assertThat(client.get(path).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2", "/v2/models/twins/infer", "/predict"})
    void preflightsNeedNone(String path) throws Exception {
        Answer answer = client.call("OPTIONS", path);
        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header("allow")).contains("POST");
    }

    @ParameterizedTest
    @CsvSource({
        "sk-open, , acme, STANDARD",
        "sk-open, X-Priority: interactive, acme, INTERACTIVE",
        "sk-night, , nightly, BATCH",
        "sk-night, X-Priority: standard, nightly, STANDARD",
    })
    void theOwnerOfTheKeyIsTheTenantAndTheKeyHasAClass(String key, String header, String tenant, RequestClass expected)
            throws Exception {
        String[][] calls = {{INFER, INFER_BODY}, {"/predict", PREDICT_BODY}};
        for (String[] call : calls) {
            client.post(call[0], call[1], "Authorization: Bearer " + key, header == null ? "X-Nothing: 1" : header);
            InferenceRequest request = inferences.awaitSubmit();
            assertThat(request.tenant()).isEqualTo(tenant);
            assertThat(request.tenantWeight()).isEqualTo(tenant.equals("acme") ? 3 : 1);
            assertThat(request.requestClass()).isEqualTo(expected);
            inferences.answer(request);
            assertThat(client.readAnswer().status()).isEqualTo(200);
        }
    }

    @Test
    void aClassAboveTheKeysIsRefused() throws Exception {
        String[][] calls = {
            {INFER, INFER_BODY},
            {"/predict", PREDICT_BODY},
            {"/v2/models/gondola-guide/generate", "{\"text_input\":\"Hello\"}"}
        };
        for (String[] call : calls) {
            client.post(call[0], call[1], NIGHT_KEY, "X-Priority: interactive");
            Answer answer = client.readAnswer();
            assertShape(answer, 403);
            assertThat(answer.body()).contains("may not use class interactive");
        }
        harness.backend.assertQuiet();
    }

    @ParameterizedTest
    @CsvSource({"0, STANDARD", "1, INTERACTIVE", "2, STANDARD", "3, BATCH"})
    void aPriorityLevelIsAClass(int level, RequestClass expected) throws Exception {
        String parameters = ",\"parameters\":{\"priority\":" + level + "}}";
        client.post(INFER, INFER_BODY.replaceFirst("}$", parameters), KEY);
        InferenceRequest request = inferences.awaitSubmit();
        assertThat(request.requestClass()).isEqualTo(expected);
        inferences.answer(request);
        assertThat(client.readAnswer().status()).isEqualTo(200);
    }

    @Test
    void aPriorityLevelIsBoundByTheKeyAndByTheClassesThereAre() throws Exception {
        client.post(INFER, INFER_BODY.replaceFirst("}$", ",\"parameters\":{\"priority\":1}}"), NIGHT_KEY);
        assertShape(client.readAnswer(), 403);
        client.post(INFER, INFER_BODY.replaceFirst("}$", ",\"parameters\":{\"priority\":4}}"), KEY);
        Answer unknown = client.readAnswer();
        assertShape(unknown, 400);
        assertThat(unknown.body()).contains("parameters.priority").contains("0 to 3");
    }

    @Test
    void aFullQueueIsToldWithTheTimeToComeBack() throws Exception {
        String[][] calls = {{INFER, INFER_BODY}, {"/predict", PREDICT_BODY}};
        for (String[] call : calls) {
            client.post(call[0], call[1], KEY);
            inferences.refuse(
                    inferences.awaitSubmit(),
                    new Rejection(Rejection.Reason.QUEUE_REQUESTS_FULL, "queueRequestsMax", 7, 900, 2_500));
            Answer answer = client.readAnswer();
            assertShape(answer, 429);
            assertThat(answer.header("retry-after")).isEqualTo("3");
            assertThat(answer.body()).contains("queueRequestsMax").contains("at most 7");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2/models/a%zz", "/v2/models/%", "/v2/models/twins%2/infer", "/v2/%GG"})
    void aMalformedUrlIsToldInTheProtocolsShape(String path) throws Exception {
        client.post(path, PREDICT_BODY, KEY);
        assertShape(client.readAnswer(), 400);
        assertThat(client.get("/v2/health/live").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v2/nothing, 404",
        "GET, /v2/models/none, 404",
        "GET, /v2/models/twins/versions/7, 404",
        "GET, /v2/models/twins/versions/x, 400",
        "GET, /v2/models/gondola-guide/versions/2, 404",
        "GET, /v2/models/gondola-guide/nothing, 404",
        "GET, /v2/models/twins/infer, 405",
        "GET, /v2/models/gondola-guide/generate, 405",
        "DELETE, /v2, 405",
        "GET, /predict, 405",
        "POST, /v2/models/gondola-guide/infer, 400",
        "POST, /v2/models/twins/generate, 400",
        "POST, /v2/models/none/generate, 404",
    })
    void whatIsNotThereIsToldInTheProtocolsShape(String method, String path, int status) throws Exception {
        client.send(RawClient.request(method, path, "", KEY));
        assertShape(client.readAnswer(), status);
    }

    @Test
    void whatIsNoHttpIsToldInTheShapeOfItsPath() throws Exception {
        client.send("GET /v2/models/twins HTTP/1.1\r\nX: " + "a".repeat(100_000) + "\r\n\r\n");
        assertShape(client.readAnswer(), 431);
    }

    @Test
    void aBodyOfAnotherEncodingIsNotRead() throws Exception {
        for (String path : new String[] {INFER, "/predict", "/v2/models/gondola-guide/generate"}) {
            client.post(path, "{}", KEY, "Content-Encoding: gzip");
            assertShape(client.readAnswer(), 415);
        }
    }
}
