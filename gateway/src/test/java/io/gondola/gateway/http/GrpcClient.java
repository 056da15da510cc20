package io.gondola.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import inference.GRPCInferenceServiceGrpc;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferResponse;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** grpc-java as a client of a gateway, over one plain HTTP/2 connection. */
final class GrpcClient implements AutoCloseable {

    final ManagedChannel channel;

    GrpcClient(int port) {
        channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    }

    GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub blocking() {
        return GRPCInferenceServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS);
    }

    GRPCInferenceServiceGrpc.GRPCInferenceServiceFutureStub future() {
        return GRPCInferenceServiceGrpc.newFutureStub(channel);
    }

    GRPCInferenceServiceGrpc.GRPCInferenceServiceStub async() {
        return GRPCInferenceServiceGrpc.newStub(channel);
    }

    /** With one entry of metadata. */
    static <S extends AbstractStub<S>> S with(S stub, String name, String value) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
        return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    /** One row of two numbers for {@link FakeInferences#MODEL}. */
    static ModelInferRequest.Builder twins(String id, float first, float second) {
        ByteBuffer data = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        data.putFloat(first).putFloat(second).flip();
        return ModelInferRequest.newBuilder()
                .setModelName(FakeInferences.MODEL)
                .setId(id)
                .addInputs(input())
                .addRawInputContents(ByteString.copyFrom(data));
    }

    static ModelInferRequest.InferInputTensor.Builder input() {
        return ModelInferRequest.InferInputTensor.newBuilder()
                .setName("x")
                .setDatatype("FP32")
                .addShape(1)
                .addShape(2);
    }

    /** The only output's only row. */
    static float[] rowOf(ModelInferResponse response) {
        ByteBuffer data =
                response.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        return new float[] {data.getFloat(), data.getFloat()};
    }

    /** What the call fails with. */
    static StatusRuntimeException failureOf(Supplier<?> call) {
        try {
            Object answer = call.get();
            throw new AssertionError("no failure, but " + answer);
        } catch (StatusRuntimeException failure) {
            assertThat(failure.getStatus().getDescription()).isNotNull();
            return failure;
        }
    }

    static StatusRuntimeException failureOf(Future<?> call) throws Exception {
        try {
            Object answer = call.get(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS);
            throw new AssertionError("no failure, but " + answer);
        } catch (ExecutionException failed) {
            return (StatusRuntimeException) failed.getCause();
        }
    }

    /** What stands behind the failure under that name. */
    static String trailer(StatusRuntimeException failure, String name) {
        return failure.getTrailers().get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    }

    @Override
    public void close() throws InterruptedException {
        channel.shutdownNow();
        assertThat(channel.awaitTermination(FakeBackend.WAIT_SECONDS, TimeUnit.SECONDS))
                .isTrue();
    }
}
