package io.gondola.gateway.http;

import io.gondola.gateway.dispatch.InferenceAnswer;
import io.gondola.gateway.dispatch.OpenInference;
import io.gondola.gateway.embeddings.EmbeddingBatch;
import io.gondola.gateway.embeddings.EmbeddingLimits;
import io.gondola.gateway.embeddings.EmbeddingResponse;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.openai.ApiException;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.Tensor;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request for embeddings: its inputs go to the scheduler as an inference each, a bounded number at a time, and the answer
 * is written when all have their vectors. The first that fails ends it. Ends once; on one event loop.
 */
final class EmbeddingCall {

    private final Exchange exchange;
    private final EmbeddingRoutes routes;
    private final long deadlineNanos;
    private final Map<Integer, OpenInference> open = new HashMap<>();
    private EmbeddingBatch batch;
    private int[] order;
    private @Nullable Tensor[] outputs;
    private int submitted;
    private int done;
    private int restarts;
    private boolean isEnded;
    private long queueNanosMax;
    private long computeNanosMax;
    private long batchRowsMax;

    EmbeddingCall(Exchange exchange, EmbeddingBatch batch, EmbeddingRoutes routes) {
        this.exchange = exchange;
        this.routes = routes;
        this.batch = batch;
        this.order = batch.byLength();
        this.outputs = new Tensor[batch.size()];
        this.deadlineNanos = exchange.arrivedNanos() + batch.request().timeoutNanos();
    }

    void start() {
        exchange.response().exceptionHandler(gone -> onGone());
        exchange.response().closeHandler(nothing -> onGone());
        submit();
    }

    private void submit() {
        while (!isEnded && submitted < order.length && open.size() < EmbeddingLimits.IN_FLIGHT_MAX) {
            int index = order[submitted++];
            OpenInference inference =
                    routes.client().trySubmit(batch.callOf(index), deadlineNanos, answer -> onAnswer(index, answer));
            if (inference == null) {
                refuse(ErrorReply.overloaded("generationsOpenMax", routes.openMax()));
            } else {
                open.put(index, inference);
            }
        }
    }

    private void onAnswer(int index, InferenceAnswer answer) {
        open.remove(index);
        if (isEnded) {
            return;
        }
        if (answer instanceof InferenceAnswer.Result result && result.result().failure() == null) {
            onResult(index, result.result());
        } else if (isVersionGone(answer) && restarts < EmbeddingLimits.RESTARTS_MAX) {
            restart();
        } else {
            refuse(named(InferenceReplies.of(answer), index));
        }
    }

    private void onResult(int index, InferenceResult result) {
        outputs[index] = result.outputs().isEmpty() ? null : result.outputs().get(0);
        done++;
        queueNanosMax = Math.max(queueNanosMax, result.queueNanos());
        computeNanosMax = Math.max(computeNanosMax, result.computeNanos());
        batchRowsMax = Math.max(batchRowsMax, result.batchRows());
        if (done < order.length) {
            submit();
        } else {
            answer();
        }
    }

    /** A newer version has taken over meanwhile. */
    private boolean isVersionGone(InferenceAnswer answer) {
        boolean isGone = answer instanceof InferenceAnswer.Refused refused
                ? refused.rejection().reason() == Rejection.Reason.UNKNOWN_MODEL
                : answer instanceof InferenceAnswer.Result;
        return isGone && routes.isOutdated(batch.model());
    }

    /** From the beginning: vectors of two versions do not belong into one answer. */
    private void restart() {
        restarts++;
        cancelOpen();
        Future<EmbeddingBatch> encoding = routes.tryRun(() -> routes.encode(batch.request()));
        if (encoding == null) {
            refuse(routes.textPoolFull());
            return;
        }
        encoding.onComplete(ended -> {
            if (isEnded) {
                return;
            }
            EmbeddingBatch encoded = ended.result();
            if (encoded == null) {
                refuse(replyOf(ended.cause()));
                return;
            }
            batch = encoded;
            order = encoded.byLength();
            outputs = new Tensor[encoded.size()];
            submitted = 0;
            done = 0;
            submit();
        });
    }

    private void answer() {
        List<Tensor> all = new ArrayList<>(outputs.length);
        for (Tensor output : outputs) {
            if (output == null) {
                refuse(ErrorReply.internal());
                return;
            }
            all.add(output);
        }
        if (EmbeddingResponse.floats(all) <= EmbeddingLimits.INLINE_FLOATS_MAX) {
            try {
                write(EmbeddingResponse.json(batch, all));
            } catch (ApiException noVectors) {
                refuse(ErrorReply.of(noVectors));
            }
            return;
        }
        Future<byte[]> writing = routes.tryRun(() -> EmbeddingResponse.json(batch, all));
        if (writing == null) {
            refuse(routes.textPoolFull());
            return;
        }
        writing.onComplete(ended -> {
            byte[] json = ended.result();
            if (isEnded) {
                return;
            }
            if (json == null) {
                refuse(replyOf(ended.cause()));
            } else {
                write(json);
            }
        });
    }

    private void write(byte[] json) {
        isEnded = true;
        exchange.timing(InferenceReplies.timing(
                batch.encodeNanos(), queueNanosMax, computeNanosMax, order.length, batchRowsMax));
        exchange.json(200, json);
        routes.end(exchange, batch.model().name(), Outcome.SUCCESS);
    }

    private void refuse(ErrorReply reply) {
        isEnded = true;
        cancelOpen();
        routes.refuse(exchange, batch.model().name(), reply);
    }

    private void onGone() {
        if (!isEnded) {
            isEnded = true;
            cancelOpen();
            routes.end(exchange, batch.model().name(), Outcome.CANCELLED);
        }
    }

    private void cancelOpen() {
        open.values().forEach(OpenInference::tryCancel);
        open.clear();
    }

    private static ErrorReply replyOf(Throwable failure) {
        return failure instanceof ApiException invalid ? ErrorReply.of(invalid) : ErrorReply.internal();
    }

    /** The same error with the input that it came from, where it may be that input's. */
    private ErrorReply named(ErrorReply reply, int index) {
        ApiException error = reply.error();
        boolean isOfInput = error.param() == null && (error.status() == 400 || "engine_error".equals(error.code()));
        return isOfInput
                ? new ErrorReply(
                        new ApiException(
                                error.status(),
                                error.type(),
                                error.code(),
                                batch.request().inputs().get(index).param(),
                                error.message()),
                        reply.retryAfterSeconds())
                : reply;
    }
}
