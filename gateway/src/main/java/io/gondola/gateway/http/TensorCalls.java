package io.gondola.gateway.http;

import io.gondola.gateway.dispatch.InferenceClient;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.tensors.TensorCall;
import io.gondola.protocol.inference.InferenceResult;
import java.util.function.LongSupplier;

/** Inferences over HTTP, whichever API they came by: the body is read, then each goes its way as an {@link InferenceRun}. */
final class TensorCalls {

    private final InferenceClient client;
    private final Bodies bodies;
    private final RequestParsing parsing;
    private final InferenceRuns runs;

    TensorCalls(ServerParts parts, InferenceClient client, InferenceRuns runs, LongSupplier nanoClock) {
        this.client = client;
        this.runs = runs;
        bodies = new Bodies(parts.limits(), parts.bodyBytes(), nanoClock);
        parsing = new RequestParsing(parts);
    }

    /** Where bodies are read, bounded together with those of inferences. */
    Bodies bodies() {
        return bodies;
    }

    void onTick(long nowNanos) {
        bodies.onTick(nowNanos);
        client.onTick(nowNanos);
    }

    <T> void handle(Exchange exchange, TensorApi<T> api) {
        ErrorReply wrongHead = api.tryRefuse(exchange);
        if (wrongHead != null) {
            refuse(exchange, wrongHead);
            return;
        }
        bodies.read(
                exchange,
                body -> onBody(exchange, api, body),
                refusal -> refuse(exchange, refusal),
                () -> end(exchange, Outcome.CANCELLED));
    }

    private <T> void onBody(Exchange exchange, TensorApi<T> api, BodyReader body) {
        byte[] bytes = body.bytes();
        parsing.<T>parse(bytes.length, () -> api.parse(exchange, bytes), body::release, parsed -> {
            InferenceRun<T> run = runs.start(new HttpCaller<>(exchange, api), parsed);
            if (exchange.isAnswerable()) {
                exchange.response().exceptionHandler(gone -> run.onClientGone());
                exchange.response().closeHandler(nothing -> run.onClientGone());
            }
        });
    }

    private void refuse(Exchange exchange, ErrorReply reply) {
        end(exchange, Outcome.ofStatus(reply.error().status()));
        exchange.error(reply);
    }

    /** Of one whose model is not known yet. */
    private void end(Exchange exchange, Outcome outcome) {
        exchange.log(outcome, runs.count(null, outcome, exchange.arrivedNanos()));
    }

    /** One whose body is whole. */
    private static final class HttpCaller<T> implements InferenceCaller<T> {

        private final Exchange exchange;
        private final TensorApi<T> api;

        HttpCaller(Exchange exchange, TensorApi<T> api) {
            this.exchange = exchange;
            this.api = api;
        }

        @Override
        public long arrivedNanos() {
            return exchange.arrivedNanos();
        }

        @Override
        public boolean isAnswerable() {
            return exchange.isAnswerable();
        }

        @Override
        public TensorCall callOf(T request) {
            return api.callOf(request);
        }

        @Override
        public void answer(T request, InferenceResult result) {
            exchange.timing(InferenceReplies.timing(result));
            api.answer(exchange, request, result);
        }

        @Override
        public void refuse(ErrorReply error) {
            exchange.error(error);
        }

        @Override
        public void onEnd(Outcome outcome, long nowNanos) {
            exchange.log(outcome, nowNanos);
        }
    }
}
