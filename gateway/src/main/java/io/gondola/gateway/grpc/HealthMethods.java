package io.gondola.gateway.grpc;

import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import grpc.health.v1.HealthOuterClass.HealthListRequest;
import grpc.health.v1.HealthOuterClass.HealthListResponse;
import io.gondola.gateway.http.ErrorReply;
import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.openai.ApiException;
import io.vertx.grpc.common.GrpcMessage;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code grpc.health.v1.Health}, for probes and load balancers: the server as a whole and the inference service are serving
 * while {@code /health/ready} says so.
 */
final class HealthMethods {

    static final String SERVICE = "grpc.health.v1.Health";

    private static final List<String> SERVICES = List.of("", KserveMethods.SERVICE);

    private final GatewayLimits limits;
    private final UnaryMethods unary;
    private final BooleanSupplier ready;

    HealthMethods(GatewayLimits limits, UnaryMethods unary, BooleanSupplier ready) {
        this.limits = limits;
        this.unary = unary;
        this.ready = ready;
    }

    void addTo(Map<String, GrpcMethod> methods) {
        methods.put(SERVICE + "/Check", GrpcMethod.open(unary.of(HealthCheckRequest.parser(), this::check)));
        methods.put(SERVICE + "/List", GrpcMethod.open(unary.of(HealthListRequest.parser(), request -> list())));
        methods.put(SERVICE + "/Watch", GrpcMethod.open(this::watch));
    }

    private ServingStatus status(String service) {
        if (!SERVICES.contains(service)) {
            return ServingStatus.SERVICE_UNKNOWN;
        }
        return ready.getAsBoolean() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    }

    private static HealthCheckResponse response(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }

    private HealthCheckResponse check(HealthCheckRequest request) {
        ServingStatus status = status(request.getService());
        if (status == ServingStatus.SERVICE_UNKNOWN) {
            throw new ApiException(404, "invalid_request_error", null, "service", "there is no such service");
        }
        return response(status);
    }

    private HealthListResponse list() {
        HealthListResponse.Builder list = HealthListResponse.newBuilder();
        SERVICES.forEach(service -> list.putStatuses(service, response(status(service))));
        return list.build();
    }

    private GrpcCall.Listener watch(GrpcCall call) {
        return new Watch(call);
    }

    /** A client that is told of changes for as long as it listens. */
    private final class Watch implements GrpcCall.Listener {

        private final GrpcCall call;
        private @Nullable String service;
        private @Nullable ServingStatus told;

        Watch(GrpcCall call) {
            this.call = call;
        }

        @Override
        public void onMessage(GrpcMessage message) {
            try {
                service = UnaryMethods.parse(message, HealthCheckRequest.parser(), limits.bodyBytesMax())
                        .getService();
            } catch (ApiException wrong) {
                call.fail(ErrorReply.of(wrong));
                return;
            }
            call.release(message);
            tell();
        }

        @Override
        public void onTick(long nowNanos) {
            tell();
        }

        /** Nothing more while it does not read: what counts is the newest. */
        private void tell() {
            String watched = service;
            if (watched != null && status(watched) != told && !call.isFull()) {
                ServingStatus status = status(watched);
                told = status;
                call.write(response(status));
            }
        }
    }
}
