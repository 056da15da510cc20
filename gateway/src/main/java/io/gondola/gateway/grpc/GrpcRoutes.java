package io.gondola.gateway.grpc;

import io.gondola.gateway.dispatch.InferenceClient;
import io.gondola.gateway.http.Access;
import io.gondola.gateway.http.ErrorReply;
import io.gondola.gateway.http.InferenceRuns;
import io.gondola.gateway.http.RequestIds;
import io.gondola.gateway.http.RequestParsing;
import io.gondola.gateway.http.ServerParts;
import io.gondola.gateway.http.TextRelays;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.openai.RequestLimits;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that one event loop answers over gRPC. It stands on the port of HTTP: a request whose content is gRPC comes here, over
 * HTTP/2 with or without a preceding upgrade, and every other goes its own way.
 */
public final class GrpcRoutes {

    private static final Logger LOG = LoggerFactory.getLogger(GrpcRoutes.class);
    private static final String CONTENT_TYPE = "application/grpc";
    private static final Set<String> CONTENT_TYPES = Set.of(CONTENT_TYPE, CONTENT_TYPE + "+proto");
    private static final int TICKS_PER_LOOK = 4;

    private final ServerParts parts;
    private final LongSupplier nanoClock;
    private final Access access;
    private final RequestIds requestIds = new RequestIds();
    private final GrpcServer server;
    private final Map<String, GrpcMethod> methods = new HashMap<>();
    /** Calls that have not ended; bounded by the connections and the streams of each. */
    private final Set<GrpcCall> open = new LinkedHashSet<>();
    /** The request that is being handed to the server, which hands it back within the same call. */
    private @Nullable CountedRequest current;

    private int ticks;

    /** To be made on the event loop that it serves. */
    public GrpcRoutes(
            Vertx vertx,
            ServerParts parts,
            InferenceClient inferences,
            TextRelays texts,
            RequestLimits requestLimits,
            LongSupplier nanoClock) {
        this.parts = parts;
        this.nanoClock = nanoClock;
        access = new Access(parts.keys());
        server = GrpcServer.server(
                        vertx,
                        new GrpcServerOptions().setMaxMessageSize(parts.limits().bodyBytesMax()))
                .callHandler((Handler<GrpcServerRequest<Buffer, Buffer>>) this::onCall);
        BooleanSupplier ready = parts::isReady;
        RequestParsing parsing = new RequestParsing(parts);
        UnaryMethods unary = new UnaryMethods(parts.limits(), parsing);
        InferParts inferParts = new InferParts(
                parts.limits(),
                requestLimits,
                parsing,
                new InferenceRuns(parts, inferences, nanoClock),
                inferences.models(),
                parts.models(),
                texts,
                nanoClock);
        Descriptions descriptions =
                new Descriptions(inferences.models(), parts.models(), parts.statistics(inferences.models()), ready);
        new KserveMethods(inferParts, unary, descriptions, inferences, ready).addTo(methods);
        new HealthMethods(parts.limits(), unary, ready).addTo(methods);
        new ReflectionMethods(parts.limits()).addTo(methods);
    }

    /** Takes a request whose content is gRPC; false for any other. */
    public boolean tryHandle(HttpServerRequest request) {
        String type = request.getHeader(HttpHeaders.CONTENT_TYPE);
        if (type == null || !type.startsWith(CONTENT_TYPE)) {
            return false;
        }
        handle(request, type);
        return true;
    }

    private void handle(HttpServerRequest request, String type) {
        if (request.version() != HttpVersion.HTTP_2 || !CONTENT_TYPES.contains(type)) {
            request.response().setStatusCode(415).end("gRPC is served over HTTP/2, with messages of protobuf.");
            return;
        }
        CountedRequest counted =
                new CountedRequest(request, parts.bodyBytes(), parts.limits().bodiesBytesMax());
        current = counted;
        try {
            server.handle(counted);
        } finally {
            current = null;
        }
    }

    /** To be called now and then. */
    public void onTick(long nowNanos) {
        if (++ticks % TICKS_PER_LOOK == 0) {
            List.copyOf(open).forEach(call -> call.onTick(nowNanos));
        }
    }

    /** Ends what is open with the word that this gateway closes. */
    public void failOpen() {
        List.copyOf(open).forEach(call -> call.fail(ErrorReply.closing()));
    }

    private void onCall(GrpcServerRequest<Buffer, Buffer> request) {
        CountedRequest http = current;
        if (http == null) {
            throw new IllegalStateException("a call without its request");
        }
        GrpcMethod method = methods.get(request.fullMethodName());
        Access.Admission admission = method != null && method.needsKey()
                ? access.admit(request.headers().get(HttpHeaders.AUTHORIZATION))
                : Access.Admission.ANYBODY;
        GrpcCall call = new GrpcCall(
                request,
                http,
                requestIds.of(request.headers().get(GrpcCall.REQUEST_ID)),
                nanoClock.getAsLong(),
                admission.key(),
                parts.limits().writeQueueBytesMax(),
                open::remove);
        open.add(call);
        http.onTrouble(
                () -> call.fail(
                        ErrorReply.overloaded("bodiesBytesMax", parts.limits().bodiesBytesMax())),
                () -> call.fail(new GrpcReply(
                        GrpcStatus.INTERNAL,
                        "a message is compressed, and the head of the call names no encoding",
                        0)));
        request.invalidMessageHandler(
                tooLarge -> call.fail(ErrorReply.bodyTooLarge(parts.limits().bodyBytesMax())));
        listen(call, request, method, admission.refusal());
    }

    private static void listen(
            GrpcCall call,
            GrpcServerRequest<Buffer, Buffer> request,
            @Nullable GrpcMethod method,
            @Nullable ErrorReply refusal) {
        String encoding = request.encoding();
        if (method == null) {
            call.fail(new GrpcReply(
                    GrpcStatus.UNIMPLEMENTED, "there is no method " + shortened(request.fullMethodName()), 0));
        } else if (refusal != null) {
            call.fail(refusal);
        } else if (encoding != null && !encoding.equals(MessageBytes.GZIP) && !encoding.equals(MessageBytes.IDENTITY)) {
            call.fail(new GrpcReply(
                    GrpcStatus.UNIMPLEMENTED, "grpc-encoding " + shortened(encoding) + " is not supported", 0));
        } else {
            try {
                call.listen(method.opener().open(call));
            } catch (ApiException wrongHead) {
                call.fail(ErrorReply.of(wrongHead));
            } catch (RuntimeException fault) {
                LOG.error("a call failed", fault);
                call.fail(ErrorReply.internal());
            }
        }
    }

    private static String shortened(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "...";
    }
}
