package io.gondola.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import com.google.rpc.RetryInfo;
import inference.GRPCInferenceServiceGrpc;
import inference.OpenInferenceGrpc.InferParameter;
import inference.OpenInferenceGrpc.InferTensorContents;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferResponse;
import inference.OpenInferenceGrpc.ModelMetadataRequest;
import inference.OpenInferenceGrpc.ModelMetadataResponse;
import inference.OpenInferenceGrpc.ModelReadyRequest;
import inference.OpenInferenceGrpc.ModelStatisticsRequest;
import inference.OpenInferenceGrpc.ModelStreamInferResponse;
import inference.OpenInferenceGrpc.RepositoryIndexRequest;
import inference.OpenInferenceGrpc.RepositoryIndexResponse;
import inference.OpenInferenceGrpc.RepositoryModelLoadRequest;
import inference.OpenInferenceGrpc.RepositoryModelUnloadRequest;
import inference.OpenInferenceGrpc.ServerMetadataRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Open Inference Protocol over gRPC, asked by grpc-java, with real models from a repository. */
class GrpcIT {

    private static final int CALLS = 1_000;
    private static final long WAIT_SECONDS = 60;

    @TempDir
    private static Path repository;

    private static RunningGondola gondola;
    private static ManagedChannel channel;

    @BeforeAll
    static void start() throws Exception {
        SmallModels.writeScale(repository.resolve("scale/1"), 10);
        SmallModels.writeLookup(repository.resolve("lookup/1"));
        SmallModels.writeMirror(repository.resolve("mirror/1"));
        SmallModels.writeSlow(repository.resolve("slow/1"));
        Files.writeString(
                repository.resolve("slow/model.yaml"),
                "max_batch_size: 1\ndynamic_batching:\n  default_queue_policy:\n    max_queue_size: 2\n");
        gondola = RunningGondola.withRepository(repository);
        channel = NettyChannelBuilder.forAddress("127.0.0.1", gondola.port())
                .usePlaintext()
                .build();
    }

    @AfterAll
    static void stop() throws Exception {
        channel.shutdownNow().awaitTermination(WAIT_SECONDS, TimeUnit.SECONDS);
        gondola.close();
    }

    private static GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub client() {
        return GRPCInferenceServiceGrpc.newBlockingStub(channel).withDeadlineAfter(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    private static ByteString bytes(float... numbers) {
        ByteBuffer data = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float number : numbers) {
            data.putFloat(number);
        }
        return ByteString.copyFrom(data.flip());
    }

    private static float firstOf(ModelInferResponse response) {
        return response.getRawOutputContents(0)
                .asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .getFloat();
    }

    private static ModelInferRequest.InferInputTensor.Builder input(String name, String datatype, long... shape) {
        ModelInferRequest.InferInputTensor.Builder input =
                ModelInferRequest.InferInputTensor.newBuilder().setName(name).setDatatype(datatype);
        for (long size : shape) {
            input.addShape(size);
        }
        return input;
    }

    private static ModelInferRequest scale(String id, float first, float second) {
        return ModelInferRequest.newBuilder()
                .setModelName("scale")
                .setId(id)
                .addInputs(input("x", "FP32", 1, 2))
                .addRawInputContents(bytes(first, second))
                .build();
    }

    private static ModelInferRequest slow(float number) {
        return ModelInferRequest.newBuilder()
                .setModelName("slow")
                .addInputs(input("x", "FP32", 1))
                .addRawInputContents(bytes(number))
                .build();
    }

    @Test
    void serverAndModelsAreDescribedAsOverHttp() {
        assertThat(client().serverMetadata(ServerMetadataRequest.getDefaultInstance())
                        .getName())
                .isEqualTo("gondola");
        assertThat(client().serverMetadata(ServerMetadataRequest.getDefaultInstance())
                        .getExtensionsList())
                .contains("binary_tensor_data");
        ModelMetadataResponse lookup = client().modelMetadata(
                        ModelMetadataRequest.newBuilder().setName("lookup").build());
        assertThat(lookup.getPlatform()).isEqualTo("tensorflow_savedmodel");
        assertThat(lookup.getVersionsList()).containsExactly("1");
        assertThat(lookup.getInputs(0).getName()).isEqualTo("id");
        assertThat(lookup.getInputs(0).getDatatype()).isEqualTo("INT64");
        assertThat(lookup.getInputs(0).getShapeList()).containsExactly(-1L);
        assertThat(lookup.getOutputsCount()).isEqualTo(2);
        assertThat(isReady("lookup", "1")).isTrue();
        assertThat(isReady("lookup", "9")).isFalse();
        assertThat(isReady("none", "")).isFalse();
        StatusRuntimeException unknown = catchThrowableOfType(
                StatusRuntimeException.class, () -> client().modelMetadata(ModelMetadataRequest.newBuilder()
                        .setName("none")
                        .build()));
        assertThat(unknown.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    }

    private static boolean isReady(String model, String version) {
        return client().modelReady(ModelReadyRequest.newBuilder()
                        .setName(model)
                        .setVersion(version)
                        .build())
                .getReady();
    }

    @Test
    void everyTypeThereAndBack() {
        ModelInferRequest.Builder request = ModelInferRequest.newBuilder().setModelName("mirror");
        List<ByteString> sent = new ArrayList<>();
        String[] names = {"bool", "uint8", "int32", "int64", "fp16", "bf16", "fp32", "fp64"};
        int[] sizes = {1, 1, 4, 8, 2, 2, 4, 8};
        for (int i = 0; i < names.length; i++) {
            byte[] data = new byte[2 * sizes[i]];
            for (int j = 0; j < data.length; j++) {
                data[j] = (byte) (names[i].equals("bool") ? j & 1 : 17 * j + i);
            }
            sent.add(ByteString.copyFrom(data));
            request.addInputs(input(names[i], names[i].toUpperCase(Locale.ROOT), 1, 2));
        }
        request.addInputs(input("bytes", "BYTES", 1, 2));
        sent.add(ByteString.copyFrom("\3\0\0\0a\0c\0\0\0\0", StandardCharsets.ISO_8859_1));
        ModelInferResponse response =
                client().modelInfer(request.addAllRawInputContents(sent).build());
        assertThat(response.getOutputsCount()).isEqualTo(9);
        for (int i = 0; i < 9; i++) {
            String name = request.getInputs(i).getName();
            int at = indexOf(response, name + "_back");
            assertThat(response.getOutputs(at).getDatatype())
                    .isEqualTo(request.getInputs(i).getDatatype());
            assertThat(response.getRawOutputContents(at)).as(name).isEqualTo(sent.get(i));
        }
    }

    private static int indexOf(ModelInferResponse response, String output) {
        for (int i = 0; i < response.getOutputsCount(); i++) {
            if (response.getOutputs(i).getName().equals(output)) {
                return i;
            }
        }
        throw new AssertionError("no output " + output);
    }

    @Test
    void typedContentsAndOneOfSeveralOutputs() {
        ModelInferRequest request = ModelInferRequest.newBuilder()
                .setModelName("lookup")
                .addInputs(input("scale", "FP32", 2)
                        .setContents(InferTensorContents.newBuilder()
                                .addFp32Contents(2)
                                .addFp32Contents(0.5f)))
                .addInputs(input("id", "INT64", 2)
                        .setContents(InferTensorContents.newBuilder()
                                .addInt64Contents(0)
                                .addInt64Contents(3)))
                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                        .setName("y"))
                .putParameters(
                        "binary_data_output",
                        InferParameter.newBuilder().setBoolParam(false).build())
                .build();
        ModelInferResponse response = client().modelInfer(request);
        assertThat(response.getOutputsCount()).isEqualTo(1);
        assertThat(response.getOutputs(0).getContents().getFp32ContentsList()).containsExactly(5f, 80f);
    }

    @Test
    void anOutputAsItsLargestClasses() {
        ModelInferResponse response = client().modelInfer(scale("", 3, 4).toBuilder()
                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                        .setName("y")
                        .putParameters(
                                "classification",
                                InferParameter.newBuilder().setInt64Param(1).build()))
                .build());
        assertThat(response.getOutputs(0).getDatatype()).isEqualTo("BYTES");
        assertThat(response.getRawOutputContents(0).toString(StandardCharsets.ISO_8859_1))
                .endsWith("40.000000:1");
    }

    @Test
    void errorsHaveTheWordsOfHttp() throws Exception {
        StatusRuntimeException failure =
                catchThrowableOfType(StatusRuntimeException.class, () -> client().modelInfer(scale("", 1, 2).toBuilder()
                        .setInputs(0, input("x", "FP32", 2, 1))
                        .build()));
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        String overHttp = gondola.post(
                        "/v2/models/scale/infer",
                        "{\"inputs\": [{\"name\": \"x\", \"shape\": [2, 1], \"datatype\": \"FP32\", \"data\": [1, 2]}]}")
                .body();
        assertThat(overHttp).isEqualTo("{\"error\":\"" + failure.getStatus().getDescription() + "\"}");
    }

    @Test
    void aThousandAtOnceGetEachItsOwn() throws Exception {
        GRPCInferenceServiceGrpc.GRPCInferenceServiceFutureStub stub = GRPCInferenceServiceGrpc.newFutureStub(channel);
        List<ListenableFuture<ModelInferResponse>> answers = new ArrayList<>();
        int refused = 0;
        for (int i = 0; i < CALLS; i++) {
            answers.add(stub.modelInfer(scale("id-" + i, i, 0)));
        }
        for (int i = 0; i < CALLS; i++) {
            try {
                ModelInferResponse response = answers.get(i).get(WAIT_SECONDS, TimeUnit.SECONDS);
                assertThat(response.getId()).isEqualTo("id-" + i);
                assertThat(firstOf(response)).isEqualTo(10f * i);
            } catch (ExecutionException failed) {
                // The queue has 512 places: whoever finds it full is told so, and nothing else may happen.
                assertThat(Status.fromThrowable(failed.getCause()).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
                refused++;
            }
        }
        assertThat(refused).isLessThan(CALLS / 2);
    }

    @Test
    void aFullQueueSaysWhenToTryAgain() throws Exception {
        GRPCInferenceServiceGrpc.GRPCInferenceServiceFutureStub stub = GRPCInferenceServiceGrpc.newFutureStub(channel);
        List<ListenableFuture<ModelInferResponse>> answers = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            answers.add(stub.modelInfer(slow(i)));
        }
        int answered = 0;
        for (int i = 0; i < answers.size(); i++) {
            try {
                assertThat(firstOf(answers.get(i).get(WAIT_SECONDS, TimeUnit.SECONDS)))
                        .isEqualTo(i);
                answered++;
            } catch (ExecutionException failed) {
                StatusRuntimeException full = (StatusRuntimeException) failed.getCause();
                assertThat(full.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
                assertThat(StatusProto.fromThrowable(full)
                                .getDetails(0)
                                .unpack(RetryInfo.class)
                                .getRetryDelay()
                                .getSeconds())
                        .isPositive();
            }
        }
        assertThat(answered).isBetween(3, 29);
        awaitIdle();
    }

    @Test
    void cancelledCallsLeaveTheQueue() throws Exception {
        GRPCInferenceServiceGrpc.GRPCInferenceServiceFutureStub stub = GRPCInferenceServiceGrpc.newFutureStub(channel);
        List<ListenableFuture<ModelInferResponse>> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            answers.add(stub.modelInfer(slow(i)));
        }
        answers.forEach(answer -> answer.cancel(true));
        awaitIdle();
        assertThat(firstOf(client().modelInfer(slow(7)))).isEqualTo(7);
    }

    private static void awaitIdle() throws Exception {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!gondola.metrics().contains("gondola_inference_demand{model=\"slow\"} 0.0")) {
            assertThat(System.nanoTime()).as("still demand for 'slow'").isLessThan(endNanos);
            Thread.sleep(10);
        }
    }

    @Test
    void aStreamAnswersInOrder() throws Exception {
        BlockingQueue<ModelStreamInferResponse> items = new LinkedBlockingQueue<>();
        BlockingQueue<Status> end = new LinkedBlockingQueue<>();
        StreamObserver<ModelInferRequest> stream = GRPCInferenceServiceGrpc.newStub(channel)
                .modelStreamInfer(new StreamObserver<>() {
                    @Override
                    public void onNext(ModelStreamInferResponse item) {
                        items.add(item);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        end.add(Status.fromThrowable(failure));
                    }

                    @Override
                    public void onCompleted() {
                        end.add(Status.OK);
                    }
                });
        for (int i = 0; i < 500; i++) {
            stream.onNext(scale("id-" + i, i, 0));
        }
        stream.onCompleted();
        assertThat(end.poll(WAIT_SECONDS, TimeUnit.SECONDS)).isEqualTo(Status.OK);
        assertThat(items).hasSize(500);
        int i = 0;
        for (ModelStreamInferResponse item : items) {
            assertThat(item.getErrorMessage()).isEmpty();
            assertThat(item.getInferResponse().getId()).isEqualTo("id-" + i);
            assertThat(firstOf(item.getInferResponse())).isEqualTo(10f * i++);
        }
    }

    @Test
    void modelsAreLoadedUnloadedAndCounted() throws Exception {
        SmallModels.writeScale(repository.resolve("later/1"), 3);
        client().repositoryModelLoad(RepositoryModelLoadRequest.newBuilder()
                .setModelName("later")
                .build());
        assertThat(isReady("later", "")).isTrue();
        RepositoryIndexResponse index = client().repositoryIndex(RepositoryIndexRequest.getDefaultInstance());
        assertThat(index.getModelsList())
                .anyMatch(model -> model.getName().equals("later")
                        && model.getVersion().equals("1")
                        && model.getState().equals("READY"));
        client().modelInfer(scale("", 1, 1).toBuilder().setModelName("later").build());
        ModelStatisticsRequest ofLater =
                ModelStatisticsRequest.newBuilder().setName("later").build();
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (client().modelStatistics(ofLater).getModelStats(0).getInferenceCount() < 1) {
            assertThat(System.nanoTime()).as("nothing counted").isLessThan(endNanos);
            Thread.sleep(10);
        }
        client().repositoryModelUnload(RepositoryModelUnloadRequest.newBuilder()
                .setModelName("later")
                .build());
        assertThat(isReady("later", "")).isFalse();
        StatusRuntimeException unknown = catchThrowableOfType(
                StatusRuntimeException.class, () -> client().repositoryModelLoad(RepositoryModelLoadRequest.newBuilder()
                        .setModelName("nowhere")
                        .build()));
        assertThat(unknown.getStatus().getDescription()).contains("nowhere");
    }

    @Test
    void healthAsGrpcHasIt() {
        HealthGrpc.HealthBlockingStub health =
                HealthGrpc.newBlockingStub(channel).withDeadlineAfter(WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(health.check(HealthCheckRequest.getDefaultInstance()).getStatus())
                .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
        HealthCheckRequest service = HealthCheckRequest.newBuilder()
                .setService(GRPCInferenceServiceGrpc.SERVICE_NAME)
                .build();
        assertThat(health.check(service).getStatus()).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
        assertThat(health.watch(service).next().getStatus()).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
        StatusRuntimeException unknown = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> health.check(
                        HealthCheckRequest.newBuilder().setService("none").build()));
        assertThat(unknown.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
    }

    @Test
    void toolsLearnByReflectionWhatThereIs() throws Exception {
        BlockingQueue<ServerReflectionResponse> answers = new LinkedBlockingQueue<>();
        StreamObserver<ServerReflectionRequest> questions = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse answer) {
                        answers.add(answer);
                    }

                    @Override
                    public void onError(Throwable failure) {}

                    @Override
                    public void onCompleted() {}
                });
        questions.onNext(
                ServerReflectionRequest.newBuilder().setListServices("").build());
        ServerReflectionResponse services = answers.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(services.getListServicesResponse().getServiceList())
                .extracting(service -> service.getName())
                .contains(GRPCInferenceServiceGrpc.SERVICE_NAME, "grpc.health.v1.Health");
        questions.onNext(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol(GRPCInferenceServiceGrpc.SERVICE_NAME)
                .build());
        ServerReflectionResponse file = answers.poll(WAIT_SECONDS, TimeUnit.SECONDS);
        assertThat(file.getFileDescriptorResponse().getFileDescriptorProto(0).toStringUtf8())
                .contains("ModelInferRequest");
        questions.onNext(ServerReflectionRequest.newBuilder()
                .setFileContainingSymbol("no.such.Symbol")
                .build());
        assertThat(answers.poll(WAIT_SECONDS, TimeUnit.SECONDS)
                        .getErrorResponse()
                        .getErrorCode())
                .isEqualTo(Status.Code.NOT_FOUND.value());
        questions.onCompleted();
    }
}
