package io.gondola.gateway.http;

import io.gondola.gateway.dispatch.SchedulerClient;
import io.gondola.gateway.keys.ApiKey;
import io.gondola.gateway.metrics.GatewayMetrics;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.openai.RequestHeaders;
import io.gondola.gateway.openai.ResponseShape;
import io.gondola.gateway.openai.TextRequest;
import io.gondola.gateway.stream.WriteRound;
import io.vertx.core.Future;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The requests for text of one event loop: body in, checked and parsed, and a call started. */
final class TextRoutes {

    static final String X_REQUEST_TIMEOUT = "X-Request-Timeout";
    static final String X_PRIORITY = "X-Priority";

    private final ServerParts parts;
    private final SchedulerClient client;
    private final LongSupplier nanoClock;
    private final Bodies bodies;
    private final CallParts callParts;
    private final OpenStreams openStreams = new OpenStreams();
    private final GenerationRequests requests;

    /** @param later runs a task on this event loop, behind all that waits for it */
    TextRoutes(ServerParts parts, SchedulerClient client, LongSupplier nanoClock, Executor later) {
        this.parts = parts;
        this.client = client;
        this.nanoClock = nanoClock;
        bodies = new Bodies(parts.limits(), parts.bodyBytes(), nanoClock);
        callParts = new CallParts(
                parts.limits(), parts.metrics(), openStreams, new WriteRound(later), nanoClock, parts.trace());
        requests = new GenerationRequests(client.gatewayId());
    }

    void onTick(long nowNanos) {
        bodies.onTick(nowNanos);
        openStreams.onTick(nowNanos);
    }

    void handle(Exchange exchange, ParsedBody.Parser parser) {
        handle(exchange, parser, ContentRules.tryRefuse(exchange.request()));
    }

    /** @param wrongKind why a body of that kind is not read; null when it is */
    void handle(Exchange exchange, ParsedBody.Parser parser, @Nullable ErrorReply wrongKind) {
        if (wrongKind != null) {
            refuse(exchange, wrongKind, null);
            return;
        }
        bodies.read(
                exchange,
                body -> onBody(exchange, body, parser),
                refusal -> refuse(exchange, refusal, null),
                () -> count(exchange, null, Outcome.CANCELLED));
    }

    private void onBody(Exchange exchange, BodyReader body, ParsedBody.Parser parser) {
        RequestHeaders headers = headersOf(exchange);
        byte[] bytes = body.bytes();
        if (bytes.length <= parts.limits().inlineBodyBytesMax()) {
            body.release();
            onParsed(exchange, ParsedBody.of(bytes, headers, parser, parts.models()));
            return;
        }
        Future<ParsedBody> parsing =
                parts.textPool().tryRun(() -> ParsedBody.of(bytes, headers, parser, parts.models()));
        if (parsing == null) {
            body.release();
            refuse(
                    exchange,
                    ErrorReply.overloaded("textQueueMax", parts.limits().textQueueMax()),
                    null);
            return;
        }
        parsing.onComplete(ended -> {
            body.release();
            ParsedBody parsed = ended.result();
            onParsed(exchange, parsed != null ? parsed : new ParsedBody(null, ErrorReply.internal(), null));
        });
    }

    private void onParsed(Exchange exchange, ParsedBody parsed) {
        TextRequest request = parsed.request();
        if (!exchange.isAnswerable()) {
            count(exchange, parsed.model(), Outcome.CANCELLED);
        } else if (request == null) {
            ErrorReply error = parsed.error();
            refuse(exchange, error != null ? error : ErrorReply.internal(), parsed.model());
        } else {
            TextCall call = newCall(exchange, request);
            exchange.response().exceptionHandler(gone -> call.onClientGone());
            exchange.response().closeHandler(nothing -> call.onClientGone());
            call.start(client, requests);
        }
    }

    /** For text by other protocols. */
    TextRelays relays() {
        return new TextRelays(client, requests, callParts);
    }

    private TextCall newCall(Exchange exchange, TextRequest request) {
        ResponseShape shape = ResponseShape.of(request, TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis()));
        return request.stream()
                ? new StreamedCall(exchange, request, shape, callParts)
                : new WholeCall(exchange, request, shape, callParts);
    }

    private void refuse(Exchange exchange, ErrorReply reply, @Nullable String model) {
        count(exchange, model, Outcome.ofStatus(reply.error().status()));
        exchange.error(reply);
    }

    private void count(Exchange exchange, @Nullable String model, Outcome outcome) {
        GatewayMetrics metrics = parts.metrics();
        long nowNanos = nanoClock.getAsLong();
        if (model == null) {
            metrics.onUnknownModelRequestEnd(outcome);
        } else {
            metrics.ofModel(model).onRequestEnd(outcome, nowNanos - exchange.arrivedNanos());
        }
        exchange.log(outcome, nowNanos);
    }

    /** What of the head changes a request. */
    static RequestHeaders headersOf(Exchange exchange) {
        String timeout = exchange.request().getHeader(X_REQUEST_TIMEOUT);
        String priority = exchange.request().getHeader(X_PRIORITY);
        ApiKey key = exchange.key();
        return timeout == null && priority == null && key == null
                ? RequestHeaders.NONE
                : new RequestHeaders(timeout, priority, key);
    }
}
