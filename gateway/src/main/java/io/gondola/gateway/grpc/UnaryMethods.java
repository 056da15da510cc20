package io.gondola.gateway.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.gondola.gateway.http.ErrorReply;
import io.gondola.gateway.http.RequestParsing;
import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.openai.ApiException;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcMessage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Methods that answer one message with one, without an inference. */
final class UnaryMethods {

    private static final Logger LOG = LoggerFactory.getLogger(UnaryMethods.class);

    private final GatewayLimits limits;
    private final RequestParsing parsing;

    UnaryMethods(GatewayLimits limits, RequestParsing parsing) {
        this.limits = limits;
        this.parsing = parsing;
    }

    /** Answers at once. The function may throw {@link ApiException}. */
    <Q extends MessageLite> GrpcMethod.Opener of(Parser<Q> parser, Function<Q, MessageLite> answer) {
        return later(parser, request -> Future.succeededFuture(answer.apply(request)));
    }

    /** Answers in time. The function may throw {@link ApiException}, or the future fail with it or {@link RefusedException}. */
    <Q extends MessageLite> GrpcMethod.Opener later(Parser<Q> parser, Function<Q, Future<MessageLite>> answer) {
        return call -> new UnaryCall(
                call, limits, message -> read(call, message, parser, parsed -> answer(call, parsed, answer)), () -> {});
    }

    /** Reads a message, off the event loop where it is large. */
    private <Q extends MessageLite> void read(
            GrpcCall call, GrpcMessage message, Parser<Q> parser, Consumer<RequestParsing.Parsed<Q>> onParsed) {
        parsing.parse(MessageBytes.sizeOf(message), parserOf(message, parser), () -> call.release(message), onParsed);
    }

    private <Q extends MessageLite> Supplier<Q> parserOf(GrpcMessage message, Parser<Q> parser) {
        return () -> parse(message, parser, limits.bodyBytesMax());
    }

    /** Throws {@link ApiException} for bytes that are no such message. */
    static <Q extends MessageLite> Q parse(GrpcMessage message, Parser<Q> parser, int bytesMax) {
        try {
            return parser.parseFrom(MessageBytes.of(message, bytesMax));
        } catch (InvalidProtocolBufferException malformed) {
            throw ApiException.invalid("message", "the message could not be read: " + malformed.getMessage());
        }
    }

    private static <Q> void answer(
            GrpcCall call, RequestParsing.Parsed<Q> parsed, Function<Q, Future<MessageLite>> answer) {
        Q request = parsed.request();
        if (request == null) {
            call.fail(parsed.requireError());
            return;
        }
        Future<MessageLite> answering;
        try {
            answering = answer.apply(request);
        } catch (ApiException refused) {
            call.fail(ErrorReply.of(refused));
            return;
        }
        answering.onComplete(ended -> {
            if (ended.succeeded()) {
                call.succeed(ended.result());
            } else if (ended.cause() instanceof RefusedException refused) {
                call.fail(refused.reply());
            } else if (ended.cause() instanceof ApiException wrong) {
                call.fail(ErrorReply.of(wrong));
            } else {
                LOG.error("a call failed", ended.cause());
                call.fail(ErrorReply.internal());
            }
        });
    }
}
