package io.gondola.gateway.http;

import io.gondola.gateway.dispatch.InferenceAnswer;
import io.gondola.gateway.dispatch.InferenceClient;
import io.gondola.gateway.dispatch.OpenInference;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.metrics.TensorMetrics;
import io.gondola.gateway.openai.ApiException;
import io.gondola.gateway.tensors.TensorCall;
import io.vertx.core.Future;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of an inference through a gateway, whichever API it came by: body, parse, submit, answer. Each ends once, counted
 * by how.
 */
final class TensorCalls {

    private static final Logger LOG = LoggerFactory.getLogger(TensorCalls.class);

    private final ServerParts parts;
    private final InferenceClient client;
    private final LongSupplier nanoClock;
    private final Bodies bodies;
    private final TensorMetrics metrics;

    TensorCalls(ServerParts parts, InferenceClient client, LongSupplier nanoClock) {
        this.parts = parts;
        this.client = client;
        this.nanoClock = nanoClock;
        bodies = new Bodies(parts.limits(), parts.bodyBytes(), nanoClock);
        metrics = new TensorMetrics(parts.registry());
    }

    void onTick(long nowNanos) {
        bodies.onTick(nowNanos);
        client.onTick(nowNanos);
    }

    <T> void handle(Exchange exchange, TensorApi<T> api) {
        ErrorReply wrongHead = api.tryRefuse(exchange);
        if (wrongHead != null) {
            refuse(exchange, null, wrongHead);
            return;
        }
        bodies.read(
                exchange,
                body -> onBody(exchange, api, body),
                refusal -> refuse(exchange, null, refusal),
                () -> end(exchange, null, Outcome.CANCELLED));
    }

    /** A request or an error. */
    private record Parsed<T>(@Nullable T request, @Nullable ErrorReply error) {}

    private <T> void onBody(Exchange exchange, TensorApi<T> api, BodyReader body) {
        byte[] bytes = body.bytes();
        if (bytes.length <= parts.limits().inlineBodyBytesMax()) {
            body.release();
            onParsed(exchange, api, parse(exchange, api, bytes));
            return;
        }
        Future<Parsed<T>> parsing = parts.textPool().tryRun(() -> parse(exchange, api, bytes));
        if (parsing == null) {
            body.release();
            refuse(
                    exchange,
                    null,
                    ErrorReply.overloaded("textQueueMax", parts.limits().textQueueMax()));
            return;
        }
        parsing.onComplete(ended -> {
            body.release();
            Parsed<T> parsed = ended.result();
            onParsed(exchange, api, parsed != null ? parsed : new Parsed<T>(null, ErrorReply.internal()));
        });
    }

    /** Off the event loop for large bodies: it reads the models, which are replaced and never changed. */
    private static <T> Parsed<T> parse(Exchange exchange, TensorApi<T> api, byte[] bytes) {
        try {
            return new Parsed<T>(api.parse(exchange, bytes), null);
        } catch (ApiException invalid) {
            return new Parsed<T>(null, ErrorReply.of(invalid));
        } catch (RuntimeException | StackOverflowError fault) {
            LOG.error("a body of {} bytes could not be parsed", bytes.length, fault);
            return new Parsed<T>(null, ErrorReply.internal());
        }
    }

    private <T> void onParsed(Exchange exchange, TensorApi<T> api, Parsed<T> parsed) {
        T request = parsed.request();
        if (!exchange.isAnswerable()) {
            end(exchange, request == null ? null : api.callOf(request).model(), Outcome.CANCELLED);
        } else if (request == null) {
            ErrorReply error = parsed.error();
            refuse(exchange, null, error != null ? error : ErrorReply.internal());
        } else {
            submit(exchange, api, request);
        }
    }

    private <T> void submit(Exchange exchange, TensorApi<T> api, T request) {
        TensorCall call = api.callOf(request);
        long deadlineNanos = exchange.arrivedNanos() + call.timeoutNanos();
        OpenInference inference =
                client.trySubmit(call, deadlineNanos, answer -> onAnswer(exchange, api, request, answer));
        if (inference == null) {
            int openMax = parts.limits().generationsOpenMax();
            refuse(exchange, call.model(), ErrorReply.overloaded("generationsOpenMax", openMax));
            return;
        }
        Runnable onGone = () -> {
            if (inference.tryCancel()) {
                end(exchange, call.model(), Outcome.CANCELLED);
            }
        };
        exchange.response().exceptionHandler(gone -> onGone.run());
        exchange.response().closeHandler(nothing -> onGone.run());
    }

    private <T> void onAnswer(Exchange exchange, TensorApi<T> api, T request, InferenceAnswer answer) {
        String model = api.callOf(request).model();
        if (!(answer instanceof InferenceAnswer.Result result)
                || result.result().failure() != null) {
            refuse(exchange, model, InferenceReplies.of(answer));
            return;
        }
        exchange.timing(InferenceReplies.timing(result.result()));
        try {
            api.answer(exchange, request, result.result());
        } catch (ApiException cannotHold) {
            refuse(exchange, model, ErrorReply.of(cannotHold));
            return;
        }
        end(exchange, model, Outcome.SUCCESS);
    }

    private void refuse(Exchange exchange, @Nullable String model, ErrorReply reply) {
        end(exchange, model, Outcome.ofStatus(reply.error().status()));
        exchange.error(reply);
    }

    private void end(Exchange exchange, @Nullable String model, Outcome outcome) {
        long nowNanos = nanoClock.getAsLong();
        metrics.onRequestEnd(model, outcome, nowNanos - exchange.arrivedNanos());
        exchange.log(outcome, nowNanos);
    }
}
