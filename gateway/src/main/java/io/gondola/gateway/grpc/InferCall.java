package io.gondola.gateway.grpc;

import io.gondola.gateway.http.ErrorReply;
import io.gondola.gateway.http.InferenceCaller;
import io.gondola.gateway.http.InferenceReplies;
import io.gondola.gateway.http.InferenceRun;
import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.tensors.KserveCall;
import io.gondola.gateway.tensors.TensorCall;
import io.gondola.protocol.inference.InferenceResult;
import io.vertx.grpc.common.GrpcMessage;
import org.jspecify.annotations.Nullable;

/** A call of {@code ModelInfer}. */
final class InferCall implements InferenceCaller<KserveCall> {

    private final GrpcCall call;
    private final InferParts parts;
    private @Nullable InferenceRun<KserveCall> run;

    private InferCall(GrpcCall call, InferParts parts) {
        this.call = call;
        this.parts = parts;
    }

    static GrpcCall.Listener open(GrpcCall call, InferParts parts) {
        InferCall infer = new InferCall(call, parts);
        return new UnaryCall(call, parts.limits(), infer::onMessage, infer::onClientGone);
    }

    private void onMessage(GrpcMessage message) {
        parts.parsing()
                .parse(
                        MessageBytes.sizeOf(message),
                        () -> parts.read(call, message, call.arrivedNanos()),
                        () -> call.release(message),
                        parsed -> run = parts.runs().start(this, parsed));
    }

    private void onClientGone() {
        InferenceRun<KserveCall> running = run;
        if (running != null) {
            running.onClientGone();
        }
    }

    @Override
    public long arrivedNanos() {
        return call.arrivedNanos();
    }

    @Override
    public boolean isAnswerable() {
        return !call.isOver();
    }

    @Override
    public TensorCall callOf(KserveCall request) {
        return request.call();
    }

    @Override
    public void answer(KserveCall request, InferenceResult result) {
        call.timing(InferenceReplies.timing(result));
        call.succeed(parts.toResponse(request, result));
    }

    @Override
    public void refuse(ErrorReply error) {
        call.fail(error);
    }

    @Override
    public void onEnd(Outcome outcome, long nowNanos) {
        call.log(outcome, nowNanos);
    }
}
