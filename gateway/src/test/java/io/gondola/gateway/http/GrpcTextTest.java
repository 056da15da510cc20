package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import inference.OpenInferenceGrpc.InferParameter;
import inference.OpenInferenceGrpc.InferTensorContents;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferResponse;
import inference.OpenInferenceGrpc.ModelStatistics;
import inference.OpenInferenceGrpc.ModelStatisticsRequest;
import inference.OpenInferenceGrpc.ModelStreamInferResponse;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Texts over a stream, as Triton's backends for language models have them, by grpc-java. */
class GrpcTextTest {

    private static ModelInferRequest.Builder question(String id) {
        return ModelInferRequest.newBuilder()
                .setModelName(GatewayHarness.MODEL)
                .setId(id)
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("text_input")
                        .setDatatype("BYTES")
                        .addShape(1)
                        .setContents(
                                InferTensorContents.newBuilder().addBytesContents(ByteString.copyFromUtf8("Hello"))))
                .putParameters(
                        "max_tokens",
                        InferParameter.newBuilder().setInt64Param(40).build());
    }

    private static String textOf(ModelInferResponse response) {
        assertThat(response.getOutputs(0).getName()).isEqualTo("text_output");
        assertThat(response.getOutputs(0).getDatatype()).isEqualTo("BYTES");
        return response.getRawOutputContents(0).substring(4).toStringUtf8();
    }

    private static boolean isFinal(ModelInferResponse response) {
        return response.getParametersOrThrow("triton_final_response").getBoolParam();
    }

    @Test
    void tokensComeAsTheyAreMade() throws Exception {
        GrpcTest.with(limits -> limits, (harness, inferences, client) -> {
            StreamAnswers answers = new StreamAnswers();
            StreamObserver<ModelInferRequest> stream = client.async().modelStreamInfer(answers);
            stream.onNext(question("q").build());
            GenerationRequest generation = harness.backend.awaitOne();
            assertThat(generation.maxTokens()).isEqualTo(40);
            harness.backend.accept(generation);
            int[] ids = harness.ids(" a ski lift never stops");
            int half = ids.length / 2;
            harness.backend.tokens(generation, 0, Arrays.copyOf(ids, half));
            StringBuilder text = new StringBuilder();
            ModelInferResponse first = answers.next().getInferResponse();
            assertThat(first.getId()).isEqualTo("q");
            assertThat(isFinal(first)).isFalse();
            text.append(textOf(first));
            harness.backend.last(generation, half, FinishReason.STOP, Arrays.copyOfRange(ids, half, ids.length));
            ModelInferResponse last = answers.next().getInferResponse();
            text.append(textOf(last));
            assertThat(text).hasToString(" a ski lift never stops");
            assertThat(isFinal(last)).isTrue();
            assertThat(last.getParametersOrThrow("finish_reason").getStringParam())
                    .isEqualTo("stop");
            stream.onCompleted();
            assertThat(answers.end().getCode()).isEqualTo(Status.Code.OK);
            harness.awaitMetric(GatewayHarness.requests("success"), 1);
        });
    }

    @Test
    void wholeTextsBadOnesAndRefusals() throws Exception {
        GrpcTest.with(limits -> limits, (harness, inferences, client) -> {
            StreamAnswers answers = new StreamAnswers();
            StreamObserver<ModelInferRequest> stream = client.async().modelStreamInfer(answers);
            stream.onNext(question("hot")
                    .putParameters(
                            "temperature",
                            InferParameter.newBuilder().setDoubleParam(-1).build())
                    .build());
            ModelStreamInferResponse wrong = answers.next();
            assertThat(wrong.getErrorMessage()).contains("temperature");
            assertThat(wrong.getInferResponse().getId()).isEqualTo("hot");
            stream.onNext(question("full").build());
            harness.backend.reject(Rejection.Reason.QUEUE_REQUESTS_FULL, 1_000, harness.backend.awaitOne());
            assertThat(answers.next().getErrorMessage()).contains("queue is full");
            stream.onNext(question("whole")
                    .putParameters(
                            "stream",
                            InferParameter.newBuilder().setBoolParam(false).build())
                    .build());
            GenerationRequest generation = harness.backend.awaitOne();
            harness.backend.accept(generation);
            int[] ids = harness.ids(" all at once");
            harness.backend.tokens(generation, 0, Arrays.copyOf(ids, 1));
            harness.backend.last(generation, 1, FinishReason.LENGTH, Arrays.copyOfRange(ids, 1, ids.length));
            ModelInferResponse whole = answers.next().getInferResponse();
            assertThat(textOf(whole)).isEqualTo(" all at once");
            assertThat(isFinal(whole)).isTrue();
            stream.onCompleted();
            assertThat(answers.end().getCode()).isEqualTo(Status.Code.OK);
        });
    }

    @Test
    void whatBecameOfThemIsInTheStatistics() throws Exception {
        GrpcTest.with(limits -> limits, (harness, inferences, client) -> {
            StreamAnswers answers = new StreamAnswers();
            StreamObserver<ModelInferRequest> stream = client.async().modelStreamInfer(answers);
            stream.onNext(question("full").build());
            harness.backend.reject(Rejection.Reason.QUEUE_REQUESTS_FULL, 1_000, harness.backend.awaitOne());
            assertThat(answers.next().getErrorMessage()).endsWith("Try again in 1 s.");
            stream.onNext(question("q").build());
            GenerationRequest generation = harness.backend.awaitOne();
            harness.backend.accept(generation);
            harness.backend.last(generation, 0, FinishReason.STOP, harness.ids(" yes"));
            assertThat(isFinal(answers.next().getInferResponse())).isTrue();
            stream.onCompleted();
            assertThat(answers.end().getCode()).isEqualTo(Status.Code.OK);
            harness.awaitMetric(GatewayHarness.requests("success"), 1);
            ModelStatistics own = client.blocking()
                    .modelStatistics(ModelStatisticsRequest.newBuilder()
                            .setName(GatewayHarness.MODEL)
                            .setVersion("1")
                            .build())
                    .getModelStats(0);
            assertThat(own.getName()).isEqualTo(GatewayHarness.MODEL);
            assertThat(own.getVersion()).isEqualTo("1");
            assertThat(own.getInferenceCount()).isEqualTo(1);
            assertThat(own.getExecutionCount()).isEqualTo(1);
            assertThat(own.getLastInference()).isPositive();
            assertThat(own.getInferenceStats().getSuccess().getCount()).isEqualTo(1);
            assertThat(own.getInferenceStats().getSuccess().getNs()).isPositive();
            assertThat(own.getInferenceStats().getFail().getCount()).isEqualTo(1);
            assertThat(own.getInferenceStats().getQueue().getCount()).isEqualTo(1);
            assertThat(own.getInferenceStats().getComputeInfer().getCount()).isEqualTo(1);
            assertThat(client.blocking()
                            .modelStatistics(ModelStatisticsRequest.getDefaultInstance())
                            .getModelStatsList())
                    .extracting(ModelStatistics::getName)
                    .containsExactly(FakeInferences.MODEL, GatewayHarness.MODEL);
        });
    }

    @Test
    void aCancelledStreamFreesItsSlot() throws Exception {
        GrpcTest.with(limits -> limits, (harness, inferences, client) -> {
            StreamAnswers answers = new StreamAnswers();
            client.async().modelStreamInfer(answers).onNext(question("q").build());
            GenerationRequest generation = harness.backend.awaitOne();
            harness.backend.accept(generation);
            answers.cancel();
            assertThat(harness.backend.awaitCancel()).isEqualTo(generation.ref());
            harness.awaitMetric(GatewayHarness.requests("cancelled"), 1);
        });
    }
}
