package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelStreamInferResponse;
import inference.OpenInferenceGrpc.ServerLiveRequest;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.inference.InferenceRequest;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Streams of inferences, by grpc-java over real sockets, with a scheduler that waits for orders. */
class GrpcStreamTest {

    private static final long SEED = 20261124;

    private static List<InferenceRequest> take(FakeInferences inferences, int count) throws InterruptedException {
        List<InferenceRequest> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(inferences.awaitSubmit());
        }
        return requests;
    }

    @Test
    void answersComeInTheOrderOfTheRequestsWhateverIsDoneFirst() throws Exception {
        GrpcTest.with(limits -> limits, (harness, inferences, client) -> {
            StreamAnswers answers = new StreamAnswers();
            StreamObserver<ModelInferRequest> stream = client.async().modelStreamInfer(answers);
            for (int i = 0; i < 50; i++) {
                stream.onNext(GrpcClient.twins("id-" + i, i, 0).build());
            }
            List<InferenceRequest> requests = take(inferences, 50);
            Collections.shuffle(requests, new Random(SEED));
            requests.forEach(inferences::answer);
            for (int i = 0; i < 50; i++) {
                ModelStreamInferResponse item = answers.next();
                assertThat(item.getErrorMessage()).isEmpty();
                assertThat(item.getInferResponse().getId()).as("seed %d", SEED).isEqualTo("id-" + i);
                assertThat(GrpcClient.rowOf(item.getInferResponse())[0]).isEqualTo(i);
                assertThat(item.getInferResponse()
                                .getParametersOrThrow("triton_final_response")
                                .getBoolParam())
                        .isTrue();
            }
            stream.onCompleted();
            assertThat(answers.end().getCode()).isEqualTo(Status.Code.OK);
        });
    }

    @Test
    void whatIsWrongWithOneIsSaidInItsPlaceAndTheStreamGoesOn() throws Exception {
        GrpcTest.with(limits -> limits, (harness, inferences, client) -> {
            StreamAnswers answers = new StreamAnswers();
            StreamObserver<ModelInferRequest> stream = client.async().modelStreamInfer(answers);
            stream.onNext(GrpcClient.twins("good", 1, 1).build());
            stream.onNext(GrpcClient.twins("unknown", 1, 1).setModelName("none").build());
            stream.onNext(GrpcClient.twins("full", 1, 1).build());
            stream.onNext(GrpcClient.twins("last", 2, 2).build());
            stream.onCompleted();
            List<InferenceRequest> requests = take(inferences, 3);
            inferences.refuse(
                    requests.get(1), new Rejection(Rejection.Reason.QUEUE_REQUESTS_FULL, "max_queue_size", 5, 0));
            inferences.answer(requests.get(2));
            inferences.answer(requests.get(0));
            assertThat(answers.next().getInferResponse().getId()).isEqualTo("good");
            ModelStreamInferResponse unknown = answers.next();
            assertThat(unknown.getErrorMessage()).isEqualTo("Request for unknown model: 'none' is not found");
            assertThat(unknown.getInferResponse().getId()).isEqualTo("unknown");
            ModelStreamInferResponse full = answers.next();
            assertThat(full.getErrorMessage()).contains("max_queue_size");
            assertThat(full.getInferResponse().getId()).isEqualTo("full");
            assertThat(answers.next().getInferResponse().getId()).isEqualTo("last");
            assertThat(answers.end().getCode()).isEqualTo(Status.Code.OK);
        });
    }

    @Test
    void asManyAreOpenAsTheLimitSays() throws Exception {
        GrpcTest.with(limits -> limits.streamInferencesMax(4), (harness, inferences, client) -> {
            StreamAnswers answers = new StreamAnswers();
            StreamObserver<ModelInferRequest> stream = client.async().modelStreamInfer(answers);
            for (int i = 0; i < 40; i++) {
                stream.onNext(GrpcClient.twins("id-" + i, i, 0).build());
            }
            stream.onCompleted();
            for (int i = 0; i < 40; i += 4) {
                List<InferenceRequest> requests = take(inferences, 4);
                // A call of another kind goes through meanwhile, so what was going to come has come.
                client.blocking().serverLive(ServerLiveRequest.getDefaultInstance());
                inferences.assertNoSubmit();
                requests.forEach(inferences::answer);
                for (int j = i; j < i + 4; j++) {
                    assertThat(answers.next().getInferResponse().getId()).isEqualTo("id-" + j);
                }
            }
            assertThat(answers.end().getCode()).isEqualTo(Status.Code.OK);
        });
    }

    @Test
    void aCancelledStreamIsCancelledAtTheScheduler() throws Exception {
        GrpcTest.with(limits -> limits, (harness, inferences, client) -> {
            StreamAnswers answers = new StreamAnswers();
            StreamObserver<ModelInferRequest> stream = client.async().modelStreamInfer(answers);
            stream.onNext(GrpcClient.twins("first", 1, 0).build());
            stream.onNext(GrpcClient.twins("second", 2, 0).build());
            List<InferenceRequest> requests = take(inferences, 2);
            answers.cancel();
            inferences.awaitCancel(requests.get(0));
            inferences.awaitCancel(requests.get(1));
        });
    }

    @Test
    void aClientThatDoesNotReadIsReadNoFurtherAndCut() throws Exception {
        GrpcTest.with(limits -> limits.streamInferencesMax(8).stallMillis(300), (harness, inferences, client) -> {
            StreamAnswers answers = StreamAnswers.withoutReading();
            StreamObserver<ModelInferRequest> stream = client.async().modelStreamInfer(answers);
            for (int i = 0; i < 20; i++) {
                stream.onNext(GrpcClient.twins("x".repeat(1_000_000), i, 0).build());
            }
            List<InferenceRequest> requests = take(inferences, 8);
            // What it gives back is more than any buffer between them holds.
            requests.subList(0, 7).forEach(inferences::answer);
            inferences.awaitCancel(requests.get(7));
            inferences.assertNoSubmit();
            assertThat(answers.tryNext()).as("what was never asked for").isNull();
        });
    }

    @Test
    void theServersEndEndsStreams() throws Exception {
        GrpcTest.with(limits -> limits, (harness, inferences, client) -> {
            StreamAnswers answers = new StreamAnswers();
            StreamObserver<ModelInferRequest> stream = client.async().modelStreamInfer(answers);
            stream.onNext(GrpcClient.twins("first", 1, 0).build());
            inferences.answer(inferences.awaitSubmit());
            answers.next();
            harness.beginClose();
            assertThat(answers.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        });
    }
}
