package io.gondola.gateway.http;

import io.gondola.gateway.dispatch.InferenceClient;
import io.gondola.gateway.embeddings.EmbeddingBatch;
import io.gondola.gateway.embeddings.EmbeddingEncoder;
import io.gondola.gateway.embeddings.EmbeddingModels;
import io.gondola.gateway.embeddings.EmbeddingParser;
import io.gondola.gateway.embeddings.EmbeddingRequest;
import io.gondola.gateway.metrics.EmbeddingMetrics;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.metrics.TensorMetrics;
import io.gondola.gateway.openai.RequestHeaders;
import io.gondola.gateway.openai.RequestLimits;
import io.gondola.gateway.openai.ServedModels;
import io.gondola.protocol.inference.ModelStatus;
import io.gondola.protocol.inference.TensorModel;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/embeddings} of one event loop: body in, tokens made, and a call started for them. */
final class EmbeddingRoutes {

    private static final long TOKENIZERS_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ServerParts parts;
    private final InferenceClient client;
    private final Bodies bodies;
    private final RequestParsing parsing;
    private final LongSupplier nanoClock;
    private final EmbeddingParser parser;
    private final EmbeddingEncoder encoder;
    private final TensorMetrics outcomes;
    private final EmbeddingMetrics metrics;
    private long tokenizersNanos;

    /** @param models that generate text */
    EmbeddingRoutes(
            ServerParts parts,
            InferenceClient client,
            ServedModels models,
            RequestLimits limits,
            LongSupplier nanoClock) {
        this.parts = parts;
        this.client = client;
        this.nanoClock = nanoClock;
        bodies = new Bodies(parts.limits(), parts.bodyBytes(), nanoClock);
        parsing = new RequestParsing(parts);
        EmbeddingModels embeddingModels = new EmbeddingModels(client.models(), models);
        parser = new EmbeddingParser(embeddingModels, limits);
        encoder = new EmbeddingEncoder(embeddingModels, parts.tokenizers(), nanoClock);
        outcomes = new TensorMetrics(parts.registry());
        metrics = new EmbeddingMetrics(parts.registry());
        tokenizersNanos = nanoClock.getAsLong();
    }

    /** Reads the tokenizers of new models before somebody waits for them, and lets those of old ones go. */
    void onTick(long nowNanos) {
        bodies.onTick(nowNanos);
        if (nowNanos - tokenizersNanos < TOKENIZERS_PERIOD_NANOS) {
            return;
        }
        tokenizersNanos = nowNanos;
        List<TensorModel> models = models();
        parts.tokenizers().retain(models, nowNanos);
        for (TensorModel model : models) {
            if (parts.tokenizers().isNew(model)) {
                // Where there is no room for it now, there is in a second.
                parts.textPool().tryRun(() -> parts.tokenizers().require(model));
            }
        }
    }

    private List<TensorModel> models() {
        return client.models().all().stream().map(ModelStatus::model).toList();
    }

    void handle(Exchange exchange) {
        ErrorReply wrongKind = ContentRules.tryRefuse(exchange.request());
        if (wrongKind != null) {
            refuse(exchange, null, wrongKind);
            return;
        }
        bodies.read(
                exchange,
                body -> onBody(exchange, body),
                refusal -> refuse(exchange, null, refusal),
                () -> end(exchange, null, Outcome.CANCELLED));
    }

    private void onBody(Exchange exchange, BodyReader body) {
        RequestHeaders headers = TextRoutes.headersOf(exchange);
        byte[] bytes = body.bytes();
        Supplier<EmbeddingBatch> encoded = () -> encoder.encode(parser.parse(bytes, headers));
        Consumer<RequestParsing.Parsed<EmbeddingBatch>> onParsed = parsed -> onParsed(exchange, parsed);
        if (encoder.isQuick(models())) {
            parsing.parse(bytes.length, encoded, body::release, onParsed);
        } else {
            // A tokenizer has to be read first.
            parsing.parseOffLoop(bytes.length, encoded, body::release, onParsed);
        }
    }

    private void onParsed(Exchange exchange, RequestParsing.Parsed<EmbeddingBatch> parsed) {
        EmbeddingBatch batch = parsed.request();
        if (!exchange.isAnswerable()) {
            end(exchange, batch == null ? null : batch.model().name(), Outcome.CANCELLED);
        } else if (batch == null) {
            refuse(exchange, null, parsed.requireError());
        } else {
            metrics.onRequest(batch.model().name(), batch.size(), batch.promptTokens());
            new EmbeddingCall(exchange, batch, this).start();
        }
    }

    InferenceClient client() {
        return client;
    }

    int openMax() {
        return parts.limits().generationsOpenMax();
    }

    /** Whether another version of the model would be called now. */
    boolean isOutdated(TensorModel model) {
        return client.models().has(model.name())
                && client.models().versions(model.name()).lastKey() != model.version();
    }

    /** Runs what is too much for an event loop; null when there is no room for it. */
    <T> @Nullable Future<T> tryRun(Callable<T> task) {
        return parts.textPool().tryRun(task);
    }

    ErrorReply textPoolFull() {
        return ErrorReply.overloaded("textQueueMax", parts.limits().textQueueMax());
    }

    EmbeddingBatch encode(EmbeddingRequest request) {
        return encoder.encode(request);
    }

    void refuse(Exchange exchange, @Nullable String model, ErrorReply reply) {
        end(exchange, model, Outcome.ofStatus(reply.error().status()));
        exchange.error(reply);
    }

    void end(Exchange exchange, @Nullable String model, Outcome outcome) {
        long nowNanos = nanoClock.getAsLong();
        outcomes.onRequestEnd(model, outcome, nowNanos - exchange.arrivedNanos());
        exchange.log(outcome, nowNanos);
    }
}
