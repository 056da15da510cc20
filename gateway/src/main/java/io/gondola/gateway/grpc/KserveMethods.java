package io.gondola.gateway.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import com.google.protobuf.util.JsonFormat;
import inference.OpenInferenceGrpc.ModelMetadataRequest;
import inference.OpenInferenceGrpc.ModelMetadataResponse;
import inference.OpenInferenceGrpc.ModelReadyRequest;
import inference.OpenInferenceGrpc.ModelReadyResponse;
import inference.OpenInferenceGrpc.ModelRepositoryParameter;
import inference.OpenInferenceGrpc.ModelStatisticsRequest;
import inference.OpenInferenceGrpc.ModelStatisticsResponse;
import inference.OpenInferenceGrpc.RepositoryIndexRequest;
import inference.OpenInferenceGrpc.RepositoryIndexResponse;
import inference.OpenInferenceGrpc.RepositoryModelLoadRequest;
import inference.OpenInferenceGrpc.RepositoryModelLoadResponse;
import inference.OpenInferenceGrpc.RepositoryModelUnloadRequest;
import inference.OpenInferenceGrpc.RepositoryModelUnloadResponse;
import inference.OpenInferenceGrpc.ServerLiveRequest;
import inference.OpenInferenceGrpc.ServerLiveResponse;
import inference.OpenInferenceGrpc.ServerMetadataRequest;
import inference.OpenInferenceGrpc.ServerMetadataResponse;
import inference.OpenInferenceGrpc.ServerReadyRequest;
import inference.OpenInferenceGrpc.ServerReadyResponse;
import io.gondola.gateway.dispatch.InferenceClient;
import io.gondola.gateway.http.ErrorReply;
import io.gondola.protocol.inference.ToInferenceWorker;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * {@code inference.GRPCInferenceService}: the Open Inference Protocol with Triton's calls. What it says of servers and models
 * is what {@code /v2} says: its messages are read from that JSON, whose names are theirs.
 */
final class KserveMethods {

    static final String SERVICE = "inference.GRPCInferenceService";

    private final InferParts parts;
    private final UnaryMethods unary;
    private final Descriptions descriptions;
    private final InferenceClient client;
    private final BooleanSupplier ready;

    KserveMethods(
            InferParts parts,
            UnaryMethods unary,
            Descriptions descriptions,
            InferenceClient client,
            BooleanSupplier ready) {
        this.parts = parts;
        this.unary = unary;
        this.descriptions = descriptions;
        this.client = client;
        this.ready = ready;
    }

    void addTo(Map<String, GrpcMethod> methods) {
        open(methods, "ServerLive", unary.of(ServerLiveRequest.parser(), request -> live()));
        open(methods, "ServerReady", unary.of(ServerReadyRequest.parser(), request -> serverReady()));
        guarded(methods, "ModelReady", unary.of(ModelReadyRequest.parser(), this::modelReady));
        guarded(methods, "ServerMetadata", unary.of(ServerMetadataRequest.parser(), request -> serverMetadata()));
        guarded(methods, "ModelMetadata", unary.of(ModelMetadataRequest.parser(), this::modelMetadata));
        guarded(methods, "ModelStatistics", unary.later(ModelStatisticsRequest.parser(), this::statistics));
        guarded(methods, "RepositoryIndex", unary.of(RepositoryIndexRequest.parser(), this::index));
        guarded(methods, "RepositoryModelLoad", unary.later(RepositoryModelLoadRequest.parser(), this::load));
        guarded(methods, "RepositoryModelUnload", unary.later(RepositoryModelUnloadRequest.parser(), this::unload));
        guarded(methods, "ModelInfer", call -> InferCall.open(call, parts));
        guarded(methods, "ModelStreamInfer", call -> new StreamCall(call, parts));
    }

    private static void open(Map<String, GrpcMethod> methods, String name, GrpcMethod.Opener opener) {
        methods.put(SERVICE + "/" + name, GrpcMethod.open(opener));
    }

    private static void guarded(Map<String, GrpcMethod> methods, String name, GrpcMethod.Opener opener) {
        methods.put(SERVICE + "/" + name, GrpcMethod.guarded(opener));
    }

    private static MessageLite live() {
        return ServerLiveResponse.newBuilder().setLive(true).build();
    }

    private MessageLite serverReady() {
        return ServerReadyResponse.newBuilder().setReady(ready.getAsBoolean()).build();
    }

    /** Of a model that there is not, false, as Triton has it: its clients' question is answered, not refused. */
    private MessageLite modelReady(ModelReadyRequest request) {
        return ModelReadyResponse.newBuilder()
                .setReady(descriptions.isReady(request.getName(), request.getVersion()))
                .build();
    }

    private MessageLite serverMetadata() {
        return read(ServerMetadataResponse.newBuilder(), descriptions.server());
    }

    private MessageLite modelMetadata(ModelMetadataRequest request) {
        return read(ModelMetadataResponse.newBuilder(), descriptions.model(request.getName(), request.getVersion()));
    }

    /** By what the scheduler says now. */
    private Future<MessageLite> statistics(ModelStatisticsRequest request) {
        return client.refresh()
                .map(told -> read(
                        ModelStatisticsResponse.newBuilder(),
                        descriptions.statistics(request.getName(), request.getVersion())));
    }

    private MessageLite index(RepositoryIndexRequest request) {
        byte[] list = descriptions.index(request.getReady());
        String message = "{\"models\":" + new String(list, StandardCharsets.UTF_8) + "}";
        return read(RepositoryIndexResponse.newBuilder(), message.getBytes(StandardCharsets.UTF_8));
    }

    private Future<MessageLite> load(RepositoryModelLoadRequest request) {
        String settings = "";
        for (Map.Entry<String, ModelRepositoryParameter> parameter :
                request.getParametersMap().entrySet()) {
            if (!parameter.getKey().equals("config") || !parameter.getValue().hasStringParam()) {
                return Future.failedFuture(new RefusedException(ErrorReply.invalid(
                        400,
                        null,
                        "parameter '" + parameter.getKey() + "' is not supported; 'config' is, as a string")));
            }
            settings = parameter.getValue().getStringParam();
            if (settings.length() > ToInferenceWorker.ChangeModel.SETTINGS_CHARS_MAX) {
                return Future.failedFuture(new RefusedException(ErrorReply.invalid(
                        400,
                        null,
                        "parameter 'config' has more than " + ToInferenceWorker.ChangeModel.SETTINGS_CHARS_MAX
                                + " characters")));
            }
        }
        return change(request.getModelName(), true, settings)
                .map(done -> RepositoryModelLoadResponse.getDefaultInstance());
    }

    private Future<MessageLite> unload(RepositoryModelUnloadRequest request) {
        return change(request.getModelName(), false, "")
                .map(done -> RepositoryModelUnloadResponse.getDefaultInstance());
    }

    private Future<String> change(String model, boolean isLoad, String settings) {
        Future<String> changing = client.tryChangeModel(model, isLoad, settings);
        if (changing == null) {
            return Future.failedFuture(
                    new RefusedException(ErrorReply.overloaded("changesMax", InferenceClient.CHANGES_MAX)));
        }
        return changing.compose(error -> error.isEmpty()
                ? Future.succeededFuture(error)
                : Future.failedFuture(new RefusedException(ErrorReply.invalid(400, null, error))));
    }

    private static MessageLite read(Message.Builder message, byte[] json) {
        try {
            JsonFormat.parser().ignoringUnknownFields().merge(new String(json, StandardCharsets.UTF_8), message);
        } catch (InvalidProtocolBufferException notItsForm) {
            throw new IllegalStateException(
                    "/v2 says what is no " + message.getDescriptorForType().getName(), notItsForm);
        }
        return message.build();
    }
}
