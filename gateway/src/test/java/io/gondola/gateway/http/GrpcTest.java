package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import com.google.rpc.RetryInfo;
import inference.GRPCInferenceServiceGrpc;
import inference.OpenInferenceGrpc.InferParameter;
import inference.OpenInferenceGrpc.InferTensorContents;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferResponse;
import inference.OpenInferenceGrpc.ModelReadyRequest;
import inference.OpenInferenceGrpc.ServerLiveRequest;
import inference.OpenInferenceGrpc.ServerLiveResponse;
import inference.OpenInferenceGrpc.ServerReadyRequest;
import io.gondola.gateway.limits.GatewayLimitsBuilder;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.InferenceRequest;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unary calls of the inference protocol's gRPC form, by grpc-java over real sockets, with a scheduler that waits for orders. */
class GrpcTest {

    interface Scenario {
        void run(GatewayHarness harness, FakeInferences inferences, GrpcClient client) throws Exception;
    }

    static void with(UnaryOperator<GatewayLimitsBuilder> limits, Scenario scenario) throws Exception {
        try (GatewayHarness harness = GatewayHarness.startWith(limits);
                GrpcClient client = new GrpcClient(harness.gateway.port())) {
            FakeInferences inferences = new FakeInferences(harness.vertx);
            inferences.tellModels();
            awaitModel(client);
            scenario.run(harness, inferences, client);
        }
    }

    private static void awaitModel(GrpcClient client) throws InterruptedException {
        ModelReadyRequest ready =
                ModelReadyRequest.newBuilder().setName(FakeInferences.MODEL).build();
        while (!client.blocking().modelReady(ready).getReady()) {
            Thread.sleep(5);
        }
    }

    private static String requests(String outcome) {
        return "gondola_inference_requests_total{model=\"twins\",outcome=\"" + outcome + "\"}";
    }

    @Test
    void aCallIsAnInferenceAndItsAnswer() throws Exception {
        with(limits -> limits, (harness, inferences, client) -> {
            ListenableFuture<ModelInferResponse> answer = GrpcClient.with(client.future(), "x-priority", "batch")
                    .withDeadlineAfter(20, TimeUnit.SECONDS)
                    .modelInfer(GrpcClient.twins("my-1", 1.5f, Float.NaN).build());
            InferenceRequest request = inferences.awaitSubmit();
            assertThat(request.requestClass()).isEqualTo(RequestClass.BATCH);
            assertThat(request.timeoutNanos()).isPositive().isLessThanOrEqualTo(TimeUnit.SECONDS.toNanos(20));
            inferences.answer(request);
            ModelInferResponse response = answer.get(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS);
            assertThat(response.getId()).isEqualTo("my-1");
            assertThat(response.getModelName()).isEqualTo("twins");
            assertThat(response.getModelVersion()).isEqualTo("1");
            assertThat(response.getOutputs(0).getName()).isEqualTo("y");
            assertThat(response.getOutputs(0).getShapeList()).containsExactly(1L, 2L);
            assertThat(response.getOutputs(0).hasContents()).isFalse();
            assertThat(GrpcClient.rowOf(response)).containsExactly(1.5f, Float.NaN);
            harness.awaitMetric(requests("success"), 1);
        });
    }

    @Test
    void typedContentsInAndOut() throws Exception {
        with(limits -> limits, (harness, inferences, client) -> {
            ModelInferRequest typed = ModelInferRequest.newBuilder()
                    .setModelName(FakeInferences.MODEL)
                    .addInputs(GrpcClient.input()
                            .setContents(InferTensorContents.newBuilder()
                                    .addFp32Contents(3)
                                    .addFp32Contents(4)))
                    .putParameters(
                            "binary_data_output",
                            InferParameter.newBuilder().setBoolParam(false).build())
                    .build();
            ListenableFuture<ModelInferResponse> answer = client.future().modelInfer(typed);
            inferences.answer(inferences.awaitSubmit());
            ModelInferResponse response = answer.get(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS);
            assertThat(response.getRawOutputContentsCount()).isZero();
            assertThat(response.getOutputs(0).getContents().getFp32ContentsList())
                    .containsExactly(3f, 4f);
        });
    }

    private static InferParameter text(String value) {
        return InferParameter.newBuilder().setStringParam(value).build();
    }

    private record Case(ModelInferRequest.Builder request, Status.Code code, String part) {}

    private static List<Case> wrongRequests() {
        Status.Code invalid = Status.Code.INVALID_ARGUMENT;
        ModelInferRequest.Builder row = GrpcClient.twins("", 1, 2);
        return List.of(
                new Case(row.clone().setModelName("none"), Status.Code.NOT_FOUND, "unknown model: 'none'"),
                new Case(row.clone().setModelVersion("7"), Status.Code.NOT_FOUND, "version 7 is not found"),
                new Case(row.clone().setModelVersion("x"), invalid, "a version is a whole number"),
                new Case(row.clone().setInputs(0, GrpcClient.input().setName("q")), invalid, "input 'q'"),
                new Case(row.clone().setInputs(0, GrpcClient.input().setDatatype("FP64")), invalid, "needs 2 elements"),
                new Case(row.clone().setInputs(0, GrpcClient.input().setDatatype("F")), invalid, "invalid datatype"),
                new Case(row.clone().setInputs(0, GrpcClient.input().setShape(1, -2)), invalid, "whole numbers"),
                new Case(
                        row.clone()
                                .setInputs(0, GrpcClient.input().setShape(0, 2).setShape(1, 1)),
                        invalid,
                        "unexpected shape for input 'x' for model 'twins'. Expected [-1, 2], got [2, 1]"),
                new Case(row.clone().setRawInputContents(0, ByteString.copyFrom(new byte[7])), invalid, "has 7 bytes"),
                new Case(row.clone().addRawInputContents(ByteString.EMPTY), invalid, "2 raw_input_contents for 1"),
                new Case(
                        row.clone()
                                .setInputs(
                                        0,
                                        GrpcClient.input()
                                                .setContents(InferTensorContents.newBuilder()
                                                        .addFp32Contents(1))),
                        invalid,
                        "has contents, and the request has raw_input_contents"),
                new Case(row.clone().clearRawInputContents(), invalid, "needs 2 elements, but its data has 0"),
                new Case(row.clone().clearRawInputContents().clearInputs(), invalid, "no inputs"),
                new Case(
                        row.clone()
                                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                                        .setName("z")),
                        invalid,
                        "unexpected inference output 'z' for model 'twins'"),
                new Case(row.clone().putParameters("timeout", text("soon")), invalid, "parameters.timeout"),
                new Case(row.clone().putParameters("sequence_id", text("1")), invalid, "sequences"),
                new Case(row.clone().putParameters("signature", text("other")), invalid, "unknown signature 'other'"),
                new Case(
                        row.clone()
                                .setInputs(0, GrpcClient.input().putParameters("shared_memory_region", text("region"))),
                        invalid,
                        "shared memory"));
    }

    @Test
    void wrongRequestsAreToldWhatIsWrong() throws Exception {
        with(limits -> limits, (harness, inferences, client) -> {
            for (Case each : wrongRequests()) {
                StatusRuntimeException failure = GrpcClient.failureOf(
                        () -> client.blocking().modelInfer(each.request().build()));
                assertThat(failure.getStatus().getCode()).as(each.toString()).isEqualTo(each.code());
                assertThat(failure.getStatus().getDescription())
                        .as(each.toString())
                        .contains(each.part());
            }
            assertThat(GrpcClient.failureOf(() -> GrpcClient.with(client.blocking(), "x-priority", "now")
                                    .modelInfer(GrpcClient.twins("", 1, 2).build()))
                            .getStatus()
                            .getDescription())
                    .contains("X-Priority");
            inferences.assertNoSubmit();
        });
    }

    @Test
    void parametersOfACallReachTheQueue() throws Exception {
        with(limits -> limits, (harness, inferences, client) -> {
            InferParameter micros =
                    InferParameter.newBuilder().setUint64Param(250_000).build();
            InferParameter signature = text("serving_default");
            ListenableFuture<ModelInferResponse> unary = client.future()
                    .modelInfer(GrpcClient.twins("", 1, 2)
                            .putParameters("timeout", micros)
                            .putParameters("signature", signature)
                            .build());
            InferenceRequest request = inferences.awaitSubmit();
            assertThat(request.queueTimeoutNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(250));
            assertThat(request.signature()).isEqualTo("serving_default");
            inferences.refuse(request, new Rejection(Rejection.Reason.QUEUE_TIMEOUT, "default_timeout", 0, 0, 1_000));
            StatusRuntimeException late = GrpcClient.failureOf(unary);
            assertThat(late.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(late.getStatus().getDescription()).contains("Request timeout expired");
            StreamAnswers answers = new StreamAnswers();
            StreamObserver<ModelInferRequest> stream = client.async().modelStreamInfer(answers);
            stream.onNext(GrpcClient.twins("s", 3, 4)
                    .putParameters(
                            "timeout",
                            InferParameter.newBuilder().setInt64Param(1).build())
                    .putParameters(
                            "priority",
                            InferParameter.newBuilder().setUint64Param(1).build())
                    .build());
            InferenceRequest streamed = inferences.awaitSubmit();
            assertThat(streamed.queueTimeoutNanos()).isEqualTo(TimeUnit.MICROSECONDS.toNanos(1));
            assertThat(streamed.requestClass()).isEqualTo(RequestClass.INTERACTIVE);
            inferences.answer(streamed);
            assertThat(answers.next().getInferResponse().getId()).isEqualTo("s");
            stream.onCompleted();
            assertThat(answers.end().getCode()).isEqualTo(Status.Code.OK);
        });
    }

    private static StatusRuntimeException refused(FakeInferences inferences, GrpcClient client, Rejection rejection)
            throws Exception {
        ListenableFuture<ModelInferResponse> answer =
                client.future().modelInfer(GrpcClient.twins("", 1, 2).build());
        inferences.refuse(inferences.awaitSubmit(), rejection);
        return GrpcClient.failureOf(answer);
    }

    @Test
    void whatTheSchedulerRefusesIsAStatus() throws Exception {
        with(limits -> limits, (harness, inferences, client) -> {
            StatusRuntimeException full = refused(
                    inferences,
                    client,
                    new Rejection(Rejection.Reason.QUEUE_REQUESTS_FULL, "max_queue_size", 5, 700, 1_400));
            assertThat(full.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(full.getStatus().getDescription())
                    .contains("at most 5 (max_queue_size)")
                    .endsWith("Try again in 2 s.");
            com.google.rpc.Status details = StatusProto.fromThrowable(full);
            assertThat(details.getDetails(0)
                            .unpack(RetryInfo.class)
                            .getRetryDelay()
                            .getSeconds())
                    .isEqualTo(2);
            assertThat(GrpcClient.trailer(full, "grpc-retry-pushback-ms")).isEqualTo("2000");
            StatusRuntimeException late =
                    refused(inferences, client, new Rejection(Rejection.Reason.DEADLINE, "", 0, 0));
            assertThat(late.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            StatusRuntimeException lost =
                    refused(inferences, client, new Rejection(Rejection.Reason.NO_WORKER, "", 0, 1_000));
            assertThat(lost.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            StatusRuntimeException gone =
                    refused(inferences, client, new Rejection(Rejection.Reason.UNKNOWN_MODEL, "", 0, 0));
            assertThat(gone.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        });
    }

    @Test
    void aCancelledCallIsCancelledAtTheScheduler() throws Exception {
        with(limits -> limits, (harness, inferences, client) -> {
            ListenableFuture<ModelInferResponse> answer =
                    client.future().modelInfer(GrpcClient.twins("", 1, 2).build());
            InferenceRequest request = inferences.awaitSubmit();
            answer.cancel(true);
            inferences.awaitCancel(request);
            harness.awaitMetric(requests("cancelled"), 1);
        });
    }

    @Test
    void aClientThatIsGoneIsCancelledAtTheScheduler() throws Exception {
        with(limits -> limits, (harness, inferences, client) -> {
            try (GrpcClient leaving = new GrpcClient(harness.gateway.port())) {
                leaving.future().modelInfer(GrpcClient.twins("", 1, 2).build());
                InferenceRequest request = inferences.awaitSubmit();
                leaving.channel.shutdownNow();
                inferences.awaitCancel(request);
            }
            harness.awaitMetric(requests("cancelled"), 1);
        });
    }

    @Test
    void theDeadlineOfHttpHoldsToo() throws Exception {
        with(limits -> limits, (harness, inferences, client) -> {
            ListenableFuture<ModelInferResponse> answer = GrpcClient.with(client.future(), "x-request-timeout", "0.05")
                    .modelInfer(GrpcClient.twins("", 1, 2).build());
            InferenceRequest request = inferences.awaitSubmit();
            assertThat(GrpcClient.failureOf(answer).getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            inferences.awaitCancel(request);
            harness.awaitMetric(requests("timeout"), 1);
        });
    }

    @Test
    void messagesAreBoundedLikeBodies() throws Exception {
        with(limits -> limits.bodyBytesMax(20_000), (harness, inferences, client) -> {
            ModelInferRequest large = GrpcClient.twins("x".repeat(20_000), 1, 2).build();
            StatusRuntimeException failure =
                    GrpcClient.failureOf(() -> client.blocking().modelInfer(large));
            assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(failure.getStatus().getDescription()).contains("20000 bytes (bodyBytesMax)");
            StatusRuntimeException zipped = GrpcClient.failureOf(
                    () -> client.blocking().withCompression("gzip").modelInfer(large));
            assertThat(zipped.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(zipped.getStatus().getDescription()).contains("20000 bytes (bodyBytesMax)");
            inferences.assertNoSubmit();
            assertThat(harness.metric(requests("success"))).isNotPositive();
        });
    }

    @Test
    void bytesOfAllMessagesInTheMakingAreBounded() throws Exception {
        with(limits -> limits.bodiesBytesMax(10_000), (harness, inferences, client) -> {
            ModelInferRequest large = GrpcClient.twins("x".repeat(20_000), 1, 2).build();
            for (int i = 0; i < 3; i++) {
                StatusRuntimeException failure =
                        GrpcClient.failureOf(() -> client.blocking().modelInfer(large));
                assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
                assertThat(failure.getStatus().getDescription()).contains("bodiesBytesMax");
            }
            // What was counted for them is free again.
            ListenableFuture<ModelInferResponse> answer = client.future()
                    .modelInfer(GrpcClient.twins("y".repeat(9_000), 1, 2).build());
            inferences.answer(inferences.awaitSubmit());
            assertThat(answer.get(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS).getId())
                    .hasSize(9_000);
        });
    }

    @Test
    void compressedMessagesAreRead() throws Exception {
        with(limits -> limits, (harness, inferences, client) -> {
            ListenableFuture<ModelInferResponse> answer = client.future()
                    .withCompression("gzip")
                    .modelInfer(GrpcClient.twins("z".repeat(5_000), 1, 2).build());
            inferences.answer(inferences.awaitSubmit());
            assertThat(answer.get(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS).getId())
                    .hasSize(5_000);
        });
    }

    @Test
    void manyCallsAtOnceGetEachItsOwnAnswer() throws Exception {
        with(limits -> limits, (harness, inferences, client) -> {
            List<ListenableFuture<ModelInferResponse>> answers = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                answers.add(client.future()
                        .modelInfer(GrpcClient.twins("id-" + i, i, -i).build()));
            }
            for (int i = 0; i < 1_000; i++) {
                inferences.answer(inferences.awaitSubmit());
            }
            for (int i = 0; i < 1_000; i++) {
                ModelInferResponse response = answers.get(i).get(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS);
                assertThat(response.getId()).isEqualTo("id-" + i);
                assertThat(GrpcClient.rowOf(response)).containsExactly(i, -i);
            }
            harness.awaitMetric(requests("success"), 1_000);
        });
    }

    @Test
    void httpGoesOnBesideIt() throws Exception {
        with(limits -> limits, (harness, inferences, client) -> {
            assertThat(client.blocking()
                            .serverLive(ServerLiveRequest.getDefaultInstance())
                            .getLive())
                    .isTrue();
            try (RawClient http = harness.connect()) {
                assertThat(http.get("/v2/models/twins").status()).isEqualTo(200);
                assertThat(http.call(
                                        "POST",
                                        "/v2/models/twins/infer",
                                        "Content-Type: application/grpc",
                                        "Content-Length: 0")
                                .status())
                        .isEqualTo(415);
            }
            harness.ready.set(false);
            assertThat(client.blocking()
                            .serverReady(ServerReadyRequest.getDefaultInstance())
                            .getReady())
                    .isFalse();
        });
    }

    @Test
    void whatIsOpenWhenTheServerClosesIsToldSo() throws Exception {
        with(limits -> limits, (harness, inferences, client) -> {
            ListenableFuture<ModelInferResponse> answer =
                    client.future().modelInfer(GrpcClient.twins("", 1, 2).build());
            inferences.awaitSubmit();
            harness.beginClose();
            StatusRuntimeException failure = GrpcClient.failureOf(answer);
            assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(failure.getStatus().getDescription()).contains("shutting down");
        });
    }

    @Test
    void callsNeedAKeyWhereKeysAre(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(
                folder.resolve("keys.yaml"),
                "keys:\n" + KeyFiles.entry("sk-night", "nightly")
                        + "    weight: 2\n    class: batch\n    highest-class: standard\n");
        try (GatewayHarness harness = GatewayHarness.start(config -> config.withApiKeys(file));
                GrpcClient client = new GrpcClient(harness.gateway.port())) {
            FakeInferences inferences = new FakeInferences(harness.vertx);
            inferences.tellModels();
            ModelInferRequest row = GrpcClient.twins("", 1, 2).build();
            for (String header : new String[] {"", "Bearer sk-other", "Basic c2s="}) {
                StatusRuntimeException failure =
                        GrpcClient.failureOf(() -> GrpcClient.with(client.blocking(), "authorization", header)
                                .modelInfer(row));
                assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
                assertThat(failure.getStatus().getDescription())
                        .contains("API key")
                        .doesNotContain("sk-");
            }
            assertThat(client.blocking()
                            .serverLive(ServerLiveRequest.getDefaultInstance())
                            .getLive())
                    .as("a probe has no key")
                    .isTrue();
            StatusRuntimeException above = GrpcClient.failureOf(() -> GrpcClient.with(
                            GrpcClient.with(client.blocking(), "authorization", "Bearer sk-night"),
                            "x-priority",
                            "interactive")
                    .modelInfer(row));
            assertThat(above.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
            ListenableFuture<ModelInferResponse> answer = GrpcClient.with(
                            client.future(), "authorization", "bearer sk-night")
                    .modelInfer(row);
            InferenceRequest request = inferences.awaitSubmit();
            assertThat(request.tenant()).isEqualTo("nightly");
            assertThat(request.tenantWeight()).isEqualTo(2);
            assertThat(request.requestClass()).isEqualTo(RequestClass.BATCH);
            inferences.answer(request);
            answer.get(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS);
        }
    }

    @Test
    void aMethodThatThereIsNotIsUnimplemented() throws Exception {
        with(limits -> limits, (harness, inferences, client) -> {
            MethodDescriptor<ServerLiveRequest, ServerLiveResponse> unknown =
                    GRPCInferenceServiceGrpc.getServerLiveMethod().toBuilder()
                            .setFullMethodName("inference.GRPCInferenceService/Trace")
                            .build();
            StatusRuntimeException failure = GrpcClient.failureOf(() -> ClientCalls.blockingUnaryCall(
                    client.channel, unknown, CallOptions.DEFAULT, ServerLiveRequest.getDefaultInstance()));
            assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
            assertThat(failure.getStatus().getDescription()).contains("GRPCInferenceService/Trace");
        });
    }
}
