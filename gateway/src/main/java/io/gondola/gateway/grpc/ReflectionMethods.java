package io.gondola.gateway.grpc;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import grpc.health.v1.HealthOuterClass;
import grpc.reflection.v1.Reflection;
import grpc.reflection.v1.Reflection.ErrorResponse;
import grpc.reflection.v1.Reflection.FileDescriptorResponse;
import grpc.reflection.v1.Reflection.ListServiceResponse;
import grpc.reflection.v1.Reflection.ServerReflectionRequest;
import grpc.reflection.v1.Reflection.ServerReflectionResponse;
import grpc.reflection.v1.Reflection.ServiceResponse;
import inference.OpenInferenceGrpc;
import io.gondola.gateway.http.ErrorReply;
import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.openai.ApiException;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Server reflection: tells tools like grpcurl what can be called. {@code v1} and {@code v1alpha} say the same in the same
 * bytes.
 */
final class ReflectionMethods {

    private static final String SERVICE = "grpc.reflection.v1.ServerReflection";
    private static final String OLD_SERVICE = "grpc.reflection.v1alpha.ServerReflection";
    private static final List<FileDescriptor> FILES =
            List.of(OpenInferenceGrpc.getDescriptor(), HealthOuterClass.getDescriptor(), Reflection.getDescriptor());
    private static final Map<String, FileDescriptor> BY_SYMBOL = bySymbol();

    private final GatewayLimits limits;

    ReflectionMethods(GatewayLimits limits) {
        this.limits = limits;
    }

    void addTo(Map<String, GrpcMethod> methods) {
        methods.put(SERVICE + "/ServerReflectionInfo", GrpcMethod.open(Questions::new));
        methods.put(OLD_SERVICE + "/ServerReflectionInfo", GrpcMethod.open(Questions::new));
    }

    private static Map<String, FileDescriptor> bySymbol() {
        Map<String, FileDescriptor> symbols = new HashMap<>();
        for (FileDescriptor file : FILES) {
            for (ServiceDescriptor service : file.getServices()) {
                symbols.put(service.getFullName(), file);
                for (MethodDescriptor method : service.getMethods()) {
                    symbols.put(method.getFullName(), file);
                }
            }
            file.getMessageTypes().forEach(type -> addMessage(symbols, type));
            file.getEnumTypes().forEach(type -> symbols.put(type.getFullName(), file));
        }
        return symbols;
    }

    private static void addMessage(Map<String, FileDescriptor> symbols, Descriptor type) {
        symbols.put(type.getFullName(), type.getFile());
        type.getNestedTypes().forEach(nested -> addMessage(symbols, nested));
        for (EnumDescriptor nested : type.getEnumTypes()) {
            symbols.put(nested.getFullName(), type.getFile());
        }
    }

    private static ServerReflectionResponse answer(ServerReflectionRequest request) {
        ServerReflectionResponse.Builder response = ServerReflectionResponse.newBuilder()
                .setValidHost(request.getHost())
                .setOriginalRequest(request);
        return switch (request.getMessageRequestCase()) {
            case LIST_SERVICES -> response.setListServicesResponse(services()).build();
            case FILE_BY_FILENAME -> ofFile(response, fileNamed(request.getFileByFilename()));
            case FILE_CONTAINING_SYMBOL -> ofFile(response, BY_SYMBOL.get(request.getFileContainingSymbol()));
            // There are no extensions in proto3.
            case FILE_CONTAINING_EXTENSION, ALL_EXTENSION_NUMBERS_OF_TYPE -> ofFile(response, null);
            case MESSAGEREQUEST_NOT_SET ->
                error(response, GrpcStatus.INVALID_ARGUMENT, "the request asks for nothing that is known");
        };
    }

    private static ListServiceResponse services() {
        ListServiceResponse.Builder list = ListServiceResponse.newBuilder();
        for (FileDescriptor file : FILES) {
            for (ServiceDescriptor service : file.getServices()) {
                list.addService(ServiceResponse.newBuilder().setName(service.getFullName()));
            }
        }
        return list.build();
    }

    private static @Nullable FileDescriptor fileNamed(String name) {
        return FILES.stream()
                .filter(file -> file.getName().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static ServerReflectionResponse ofFile(
            ServerReflectionResponse.Builder response, @Nullable FileDescriptor file) {
        if (file == null) {
            return error(response, GrpcStatus.NOT_FOUND, "it is not known here");
        }
        FileDescriptorProto proto = file.toProto();
        return response.setFileDescriptorResponse(
                        FileDescriptorResponse.newBuilder().addFileDescriptorProto(proto.toByteString()))
                .build();
    }

    private static ServerReflectionResponse error(
            ServerReflectionResponse.Builder response, GrpcStatus status, String message) {
        return response.setErrorResponse(
                        ErrorResponse.newBuilder().setErrorCode(status.code).setErrorMessage(message))
                .build();
    }

    /** A client's questions, answered one after another; while it does not read, no more are taken. */
    private final class Questions implements GrpcCall.Listener {

        private final GrpcCall call;

        Questions(GrpcCall call) {
            this.call = call;
        }

        @Override
        public void onMessage(GrpcMessage message) {
            try {
                call.write(
                        answer(UnaryMethods.parse(message, ServerReflectionRequest.parser(), limits.bodyBytesMax())));
            } catch (ApiException wrong) {
                call.fail(ErrorReply.of(wrong));
                return;
            }
            call.release(message);
            if (call.isFull()) {
                call.pause();
            }
        }

        @Override
        public void onDrained() {
            call.resume();
        }

        @Override
        public void onHalfClosed() {
            call.succeed();
        }
    }
}
