package io.gondola.gateway.grpc;

import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelStreamInferResponse;
import io.gondola.gateway.http.ErrorReply;
import io.gondola.gateway.http.InferenceCaller;
import io.gondola.gateway.http.InferenceRun;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.tensors.KserveCall;
import io.gondola.gateway.tensors.TensorCall;
import io.gondola.protocol.inference.InferenceResult;
import io.vertx.grpc.common.GrpcMessage;
import org.jspecify.annotations.Nullable;

/** One request of a stream, and its answer until that is written. */
final class StreamedInference implements InferenceCaller<KserveCall> {

    private final StreamCall stream;
    private final GrpcCall call;
    private final InferParts parts;
    private final long arrivedNanos;
    /** Written where it is parsed, read afterwards. */
    private volatile ModelInferRequest request = ModelInferRequest.getDefaultInstance();

    private @Nullable InferenceRun<KserveCall> run;
    private @Nullable ModelStreamInferResponse answer;

    StreamedInference(StreamCall stream, GrpcCall call, InferParts parts) {
        this.stream = stream;
        this.call = call;
        this.parts = parts;
        arrivedNanos = parts.nanoClock().getAsLong();
    }

    void start(GrpcMessage message) {
        parts.parsing()
                .parse(
                        MessageBytes.sizeOf(message),
                        () -> read(message),
                        () -> call.release(message),
                        parsed -> run = parts.runs().start(this, parsed));
    }

    private KserveCall read(GrpcMessage message) {
        ModelInferRequest parsed = InferMessages.parse(message, parts.limits().bodyBytesMax());
        // For the name of an error, without the tensors.
        request = ModelInferRequest.newBuilder()
                .setId(parsed.getId())
                .setModelName(parsed.getModelName())
                .setModelVersion(parsed.getModelVersion())
                .build();
        return parts.read(call, parsed, arrivedNanos);
    }

    boolean isAnswered() {
        return answer != null;
    }

    ModelStreamInferResponse answer() {
        ModelStreamInferResponse given = answer;
        if (given == null) {
            throw new IllegalStateException("not answered yet");
        }
        return given;
    }

    void onClientGone() {
        InferenceRun<KserveCall> running = run;
        if (running != null) {
            running.onClientGone();
        }
    }

    @Override
    public long arrivedNanos() {
        return arrivedNanos;
    }

    @Override
    public boolean isAnswerable() {
        return !call.isOver();
    }

    @Override
    public TensorCall callOf(KserveCall parsed) {
        return parsed.call();
    }

    @Override
    public void answer(KserveCall parsed, InferenceResult result) {
        give(StreamCall.toItem(parts.toResponse(parsed, result)));
    }

    @Override
    public void refuse(ErrorReply error) {
        give(StreamCall.toItem(error, request));
    }

    @Override
    public void onEnd(Outcome outcome, long nowNanos) {
        if (outcome == Outcome.ERROR) {
            call.log(outcome, nowNanos);
        }
    }

    private void give(ModelStreamInferResponse item) {
        answer = item;
        stream.flush();
    }
}
