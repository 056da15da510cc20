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
 * with one is said in its place, and the stream goes on. Texts are given out as they are made, whatever is before them.
 *
 * <p>As many are open as {@code streamInferencesMax} says, answered and not yet read ones included; beyond that, and while
 * the client does not read, no more are taken from it.
 */
final class StreamCall implements GrpcCall.Listener {

    /** Says of a response whether it is the last for its request. */
    static final String FINAL_RESPONSE = "triton_final_response";

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
        List.copyOf(open).forEach(StreamedInference::onRoom);
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
            ModelStreamInferResponse answer = open.remove().takeAnswer();
            if (answer != null) {
                write(answer);
            }
        }
        if (isHalfClosed && open.isEmpty()) {
            call.succeed();
        } else {
            pauseOrResume();
        }
    }

    /** Writes an item, which may make it full. */
    void write(ModelStreamInferResponse item) {
        call.write(item);
        if (call.isFull()) {
            fullSinceNanos = parts.nanoClock().getAsLong();
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
    static ModelStreamInferResponse toItem(ModelInferResponse.Builder response, boolean isFinal) {
        return ModelStreamInferResponse.newBuilder()
                .setInferResponse(response.putParameters(FINAL_RESPONSE, flag(isFinal)))
                .build();
    }

    private static InferParameter flag(boolean value) {
        return InferParameter.newBuilder().setBoolParam(value).build();
    }

    /** An error as an item of the stream: whose it is, so far as that is known, and what it is. */
    static ModelStreamInferResponse toItem(ErrorReply error, ModelInferRequest request) {
        return ModelStreamInferResponse.newBuilder()
                .setErrorMessage(error.error().message())
                .setInferResponse(ModelInferResponse.newBuilder()
                        .setId(request.getId())
                        .setModelName(request.getModelName())
                        .setModelVersion(request.getModelVersion())
                        .putParameters(FINAL_RESPONSE, flag(true)))
                .build();
    }
}
