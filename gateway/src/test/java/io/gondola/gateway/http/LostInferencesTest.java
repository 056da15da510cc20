package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.http.RawClient.Answer;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.ToInferenceGateway.Change;
import io.gondola.protocol.inference.ToInferenceWorker.ChangeModel;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Inferences whose messages, workers or owners get lost, and changes of a repository that several workers have. */
class LostInferencesTest {

    private static final String BODY = "{\"input\":[[1,2]]}";

    private GatewayHarness harness;
    private FakeInferences inferences;
    private RawClient client;

    @BeforeEach
    void start() throws Exception {
        harness = GatewayHarness.start(config -> config.withInstances(1));
        inferences = new FakeInferences(harness.vertx);
        client = harness.connect();
        tell("a", "b");
    }

    /** Tells of these workers, and waits until the gateway has heard. */
    private void tell(String... workers) throws Exception {
        inferences.tellModels(true, workers);
        while (client.get("/v2/models/" + FakeInferences.MODEL).status() != 200) {
            Thread.sleep(5);
        }
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        harness.close();
    }

    private void assertAnswered() throws Exception {
        assertThat(client.readAnswer().body()).isEqualTo("{\"result\":[[1.0,2.0]]}");
    }

    @Test
    void anotherOwnerHearsOfWhatIsOpenAtOnce() throws Exception {
        client.post("/predict", BODY);
        InferenceRequest first = inferences.awaitSubmit();
        inferences.become(FakeInferences.EPOCH + 1);
        inferences.tellModels(false, "a");
        InferenceRequest again = inferences.awaitSubmit();
        assertThat(again.id()).isEqualTo(first.id());
        assertThat(again.inputs()).isEqualTo(first.inputs());
        inferences.answer(again);
        assertAnswered();
    }

    @Test
    void whatTheOwnerDoesNotHaveIsSubmittedAgain() throws Exception {
        client.post("/predict", BODY);
        InferenceRequest lost = inferences.awaitSubmit();
        assertThat(inferences.awaitInquiry()).isEqualTo(lost.id());
        inferences.notHere(lost);
        InferenceRequest again = inferences.awaitSubmit();
        assertThat(again.id()).isEqualTo(lost.id());
        inferences.answer(again);
        assertAnswered();
    }

    @Test
    void aReplacedOwnersRefusalDoesNotCount() throws Exception {
        client.post("/predict", BODY);
        InferenceRequest request = inferences.awaitSubmit();
        inferences.become(FakeInferences.EPOCH + 1);
        inferences.tellModels(true, "a");
        inferences.awaitSubmit();
        inferences.become(FakeInferences.EPOCH);
        inferences.refuse(request, new Rejection(Rejection.Reason.UNKNOWN_MODEL, "", 0, 0));
        inferences.become(FakeInferences.EPOCH + 1);
        inferences.answer(request);
        assertAnswered();
    }

    @Test
    void aYoungOwnerTakesNoModelAway() throws Exception {
        inferences.become(FakeInferences.EPOCH + 1);
        inferences.tellNoModels(false);
        client.post("/predict", BODY);
        inferences.answer(inferences.awaitSubmit());
        assertAnswered();
        inferences.tellNoModels(true);
        while (client.get("/v2/models/" + FakeInferences.MODEL).status() != 404) {
            Thread.sleep(5);
        }
    }

    @Test
    void aChangeIsDoneWhenAllWorkersHaveDoneIt() throws Exception {
        client.post("/v2/repository/models/m/load", "{\"parameters\": {\"config\": \"{\\\"max_batch_size\\\": 4}\"}}");
        ChangeModel change = inferences.awaitChange();
        assertThat(change.model()).isEqualTo("m");
        assertThat(change.isLoad()).isTrue();
        assertThat(change.settings()).isEqualTo("{\"max_batch_size\": 4}");
        inferences.changed(change, "a", Change.DONE, "");
        // One whose repository has no such model keeps nobody from it.
        inferences.changed(change, "b", Change.NOT_THERE, "no model 'm'");
        Answer answer = client.readAnswer();
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    }

    @Test
    void aWorkerThatFailsOrAllThatHaveNothingIsTold() throws Exception {
        client.post("/v2/repository/models/m/load", "");
        ChangeModel change = inferences.awaitChange();
        inferences.changed(change, "a", Change.DONE, "");
        inferences.changed(change, "b", Change.FAILED, "the file is broken");
        assertThat(client.readAnswer().json().getString("error")).isEqualTo("b: the file is broken");
        client.post("/v2/repository/models/m/unload", "{}");
        ChangeModel unload = inferences.awaitChange();
        for (String worker : List.of("a", "b")) {
            inferences.changed(unload, worker, Change.NOT_THERE, "it is not loaded");
        }
        Answer answer = client.readAnswer();
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.json().getString("error")).isEqualTo("it is not loaded");
    }

    @Test
    void aWorkerThatGoesMeanwhileIsNotWaitedFor() throws Exception {
        client.post("/v2/repository/models/m/load", "{}");
        ChangeModel change = inferences.awaitChange();
        inferences.changed(change, "a", Change.DONE, "");
        inferences.tellModels(true, "a");
        assertThat(client.readAnswer().status()).isEqualTo(200);
    }

    @Test
    void withoutAWorkerAChangeIsRefused() throws Exception {
        inferences.tellModels(true);
        // Behind it on the same event loop.
        assertThat(client.get("/v2/models/stats").status()).isEqualTo(200);
        client.post("/v2/repository/models/m/load", "{}");
        assertThat(client.readAnswer().json().getString("error")).contains("no worker with a model repository");
    }

    @Test
    void wrongParametersOfALoadAreNamed() throws Exception {
        for (String[] each : new String[][] {
            {"{\"parameters\": 7}", "parameters"},
            {"{\"parameters\": {\"config\": 7}}", "parameters.config"},
            {"{\"parameters\": {\"file:1/model.onnx\": \"AAAA\"}}", "file:1/model.onnx"},
            {"[", "JSON"}
        }) {
            client.post("/v2/repository/models/m/load", each[0]);
            Answer answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.json().getString("error")).contains(each[1]);
        }
    }

    @Test
    void statisticsAreAskedForWhenTheyAreWanted() throws Exception {
        inferences.count(3, 2);
        Answer answer = client.get("/v2/models/" + FakeInferences.MODEL + "/stats");
        assertThat(answer.body())
                .contains("\"inference_count\":3,\"execution_count\":2")
                .contains("\"success\":{\"count\":1,\"ns\":60}")
                .contains("\"fail\":{\"count\":0,\"ns\":0}")
                .contains("\"queue\":{\"count\":1,\"ns\":10}")
                .contains("\"compute_input\":{\"count\":1,\"ns\":20}")
                .contains("\"compute_infer\":{\"count\":1,\"ns\":30}")
                .contains("\"compute_output\":{\"count\":1,\"ns\":40}")
                .contains("\"last_inference\":1234")
                .contains("\"batch_stats\":[{\"batch_size\":2,\"compute_input\":{\"count\":1,\"ns\":5}");
        assertThat(client.get("/v2/models/none/stats").status()).isEqualTo(404);
    }
}
