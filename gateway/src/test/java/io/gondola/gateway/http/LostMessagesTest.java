package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection.Reason;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.wire.Addresses;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages that get lost, schedulers that are replaced, and workers that compute the same: the client sees one answer. */
@Timeout(60)
class LostMessagesTest {

    private static final long NEXT_EPOCH = FakeBackend.EPOCH + 1;

    private GatewayHarness harness;
    private FakeBackend backend;
    private RawClient client;

    @BeforeEach
    void start() throws Exception {
        harness = GatewayHarness.start(config -> config.withInstances(1));
        backend = harness.backend;
        client = harness.connect();
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        harness.awaitMetric(GatewayHarness.OPEN, 0);
        harness.close();
    }

    private GenerationRequest chat() throws Exception {
        client.post(
                "/v1/chat/completions",
                "{\"model\":\"gondola-guide\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
        return backend.awaitOne();
    }

    private String content() throws Exception {
        return new JsonObject(client.readAnswer().body())
                .getJsonArray("choices")
                .getJsonObject(0)
                .getJsonObject("message")
                .getString("content");
    }

    private static TokenChunk tokens(GenerationRequest request, int offset, FinishReason finish, int... tokens) {
        return new TokenChunk(request.ref(), offset, tokens, List.of(), List.of(), finish, "");
    }

    @Test
    void aSubmissionThatNobodyAnswersIsSaidAgainAsTheSameAttempt() throws Exception {
        client.post(
                "/v1/chat/completions",
                "{\"model\":\"gondola-guide\",\"n\":2,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
        List<GenerationRequest> first = backend.awaitSubmit();
        ToScheduler.Submit said = backend.awaitRepeatedSubmit();
        assertThat(said.isAdmitted()).as("nobody has accepted it").isFalse();
        List<GenerationRequest> again = said.generations();
        assertThat(again).extracting(GenerationRequest::ref).containsExactlyElementsOf(refs(first));
        assertThat(again.get(0).timeoutNanos()).isLessThan(first.get(0).timeoutNanos());
        backend.accept(again.toArray(new GenerationRequest[0]));
        for (GenerationRequest request : first) {
            backend.last(request, 0, FinishReason.STOP, harness.ids(" there"));
        }
        assertThat(content()).isEqualTo(" there");
        backend.assertQuiet();
    }

    private static List<GenerationRef> refs(List<GenerationRequest> requests) {
        return requests.stream().map(GenerationRequest::ref).toList();
    }

    @Test
    void whatGivesNoSignOfLifeIsAskedAfter() throws Exception {
        GenerationRequest request = chat();
        backend.accept(request);
        assertThat(backend.awaitInquiry()).isEqualTo(request.ref());
        // The answer to it: the last frame was lost, or the word that the attempt was.
        backend.lose(request);
        GenerationRequest next = backend.awaitOne();
        assertThat(next.ref().attempt()).isEqualTo(1);
        backend.last(next, 0, FinishReason.STOP, harness.ids(" there"));
        assertThat(content()).isEqualTo(" there");
    }

    @Test
    void anotherOwnerIsToldAtOnceWhatNoWorkerHasYet() throws Exception {
        GenerationRequest request = chat();
        backend.accept(request);
        backend.listen(Addresses.scheduler(GatewayHarness.MODEL, NEXT_EPOCH));
        backend.ownerAlive(NEXT_EPOCH);
        ToScheduler.Submit said = backend.awaitRepeatedSubmit();
        assertThat(said.generations()).extracting(GenerationRequest::ref).containsExactly(request.ref());
        assertThat(said.isAdmitted()).as("its owner had accepted it").isTrue();
        // What the old one says does not count any more, and what the new one says does.
        backend.reject(Reason.NO_WORKER, 1_000, request);
        backend.lose(request);
        backend.answerAs(NEXT_EPOCH);
        backend.accept(request);
        backend.last(request, 0, FinishReason.STOP, harness.ids(" there"));
        assertThat(content()).isEqualTo(" there");
        backend.assertQuiet();
    }

    @Test
    void aStreamThatRunsDoesNotNoticeThatItsQueueHasAnotherOwner() throws Exception {
        GenerationRequest request = chat();
        backend.accept(request);
        int[] ids = harness.ids(" Good morning to you");
        backend.tokens(request, 0, ids[0]);
        backend.listen(Addresses.scheduler(GatewayHarness.MODEL, NEXT_EPOCH));
        backend.ownerAlive(NEXT_EPOCH);
        backend.last(request, 1, FinishReason.STOP, Arrays.copyOfRange(ids, 1, ids.length));
        assertThat(content()).isEqualTo(" Good morning to you");
        backend.assertQuiet();
    }

    @Test
    void ofTwoWorkersThatComputeTheSameAttemptTheFirstCounts() throws Exception {
        GenerationRequest request = chat();
        backend.accept(request);
        int[] ids = harness.ids(" one");
        int[] others = harness.ids(" two");
        backend.frame("worker-1", request, tokens(request, 0, null, ids[0]));
        backend.frame("worker-2", request, tokens(request, 0, null, others[0]));
        backend.frame("worker-2", request, tokens(request, 1, FinishReason.STOP, others));
        backend.frame("worker-2", request, tokens(request, 1, FinishReason.CANCELLED));
        backend.frame("worker-1", request, tokens(request, 1, FinishReason.STOP));
        assertThat(content()).isEqualTo(" one");
    }

    @Test
    void aSequenceThatGoesOnThoughItWasCancelledIsCancelledAgain() throws Exception {
        GenerationRequest request = chat();
        backend.accept(request);
        backend.tokens(request, 0, harness.ids(" one"));
        client.close();
        assertThat(backend.awaitCancel()).isEqualTo(request.ref());
        // That was lost: the worker goes on, one token after another.
        for (int offset = 1; backend.tryCancel() == null; offset++) {
            backend.tokens(request, offset, 5);
            Thread.sleep(20);
        }
    }
}
