package io.gondola.gateway.grpc;

import inference.OpenInferenceGrpc.InferParameter;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferResponse;
import inference.OpenInferenceGrpc.ModelStreamInferResponse;
import io.gondola.gateway.http.ErrorReply;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.openai.ApiException;
import io.vertx.grpc.common.GrpcMessage;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A call of {@code ModelStreamInfer}: many requests, each answered on its own, in the order in which they came. What is wrong
 * with one is said in its place, and the stream goes on.
 *
 * <p>As many are open as {@code streamInferencesMax} says, answered and not yet read ones included; beyond that, and while
 * the client does not read, no more are taken from it.
 */
final class StreamCall implements GrpcCall.Listener {

    /** Says of a response that no more follow for its request: here always, as each has one. */
    static final String FINAL_RESPONSE = "triton_final_response";

    private static final InferParameter TRUE =
            InferParameter.newBuilder().setBoolParam(true).build();

    private final GrpcCall call;
    private final InferParts parts;
    private final long callTimeoutNanos;
    /** In the order of their arrival. */
    private final ArrayDeque<StreamedInference> open = new ArrayDeque<>();

    private boolean isHalfClosed;
    private boolean isPaused;
    private long fullSinceNanos;

    /** Throws {@link ApiException} for a timeout that is none. */
    StreamCall(GrpcCall call, InferParts parts) {
        this.call = call;
        this.parts = parts;
        callTimeoutNanos = CallHead.of(call).callTimeoutNanos();
    }

    @Override
    public void onMessage(GrpcMessage message) {
        StreamedInference inference = new StreamedInference(this, call, parts);
        open.add(inference);
        pauseOrResume();
        inference.start(message);
    }

    @Override
    public void onHalfClosed() {
        isHalfClosed = true;
        flush();
    }

    @Override
    public void onGone() {
        List.copyOf(open).forEach(StreamedInference::onClientGone);
        open.clear();
        call.log(Outcome.CANCELLED, parts.nanoClock().getAsLong());
    }

    @Override
    public void onDrained() {
        flush();
    }

    @Override
    public void onTick(long nowNanos) {
        if (nowNanos - call.arrivedNanos() >= callTimeoutNanos) {
            call.fail(ErrorReply.deadline());
        } else if (call.isFull()
                && nowNanos - fullSinceNanos
                        >= TimeUnit.MILLISECONDS.toNanos(parts.limits().stallMillis())) {
            call.cut();
        }
    }

    /** Writes what is answered and has nothing unanswered before it. */
    void flush() {
        while (!call.isOver()
                && !call.isFull()
                && !open.isEmpty()
                && open.peek().isAnswered()) {
            call.write(open.remove().answer());
            if (call.isFull()) {
                fullSinceNanos = parts.nanoClock().getAsLong();
            }
        }
        if (isHalfClosed && open.isEmpty()) {
            call.succeed();
        } else {
            pauseOrResume();
        }
    }

    private void pauseOrResume() {
        boolean isEnough = call.isFull() || open.size() >= parts.limits().streamInferencesMax();
        if (isEnough != isPaused && !call.isOver()) {
            isPaused = isEnough;
            if (isEnough) {
                call.pause();
            } else {
                call.resume();
            }
        }
    }

    /** A result as an item of the stream. */
    static ModelStreamInferResponse toItem(ModelInferResponse response) {
        return ModelStreamInferResponse.newBuilder()
                .setInferResponse(response.toBuilder().putParameters(FINAL_RESPONSE, TRUE))
                .build();
    }

    /** An error as an item of the stream: whose it is, so far as that is known, and what it is. */
    static ModelStreamInferResponse toItem(ErrorReply error, ModelInferRequest request) {
        return ModelStreamInferResponse.newBuilder()
                .setErrorMessage(error.error().message())
                .setInferResponse(ModelInferResponse.newBuilder()
                        .setId(request.getId())
                        .setModelName(request.getModelName())
                        .setModelVersion(request.getModelVersion())
                        .putParameters(FINAL_RESPONSE, TRUE))
                .build();
    }
}
