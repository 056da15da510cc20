package io.gondola.gateway.dispatch;

import io.gondola.gateway.tensors.TensorCall;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.InferenceRequest;
import java.util.Comparator;
import java.util.function.Consumer;

/** An inference that has not ended. It keeps its tensors, for an owner of the queues that has to be asked again. */
public final class OpenInference {

    static final Comparator<OpenInference> BY_DEADLINE =
            Comparator.<OpenInference>comparingLong(i -> i.deadlineNanos).thenComparingLong(i -> i.number);

    private final InferenceClient client;
    private final TensorCall call;
    private final InferenceId id;
    private final long number;
    private final long deadlineNanos;
    private final Consumer<InferenceAnswer> onEnd;
    private long askedNanos;

    OpenInference(
            InferenceClient client,
            TensorCall call,
            InferenceId id,
            long number,
            long deadlineNanos,
            Consumer<InferenceAnswer> onEnd) {
        this.client = client;
        this.call = call;
        this.id = id;
        this.number = number;
        this.deadlineNanos = deadlineNanos;
        this.onEnd = onEnd;
    }

    InferenceId id() {
        return id;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    InferenceRequest toRequest(String gatewayId, long nowNanos) {
        return call.toRequest(id, gatewayId, deadlineNanos - nowNanos);
    }

    /** The owner was asked for it, or after it. */
    void onAsked(long nowNanos) {
        askedNanos = nowNanos;
    }

    long askedNanos() {
        return askedNanos;
    }

    void end(InferenceAnswer answer) {
        onEnd.accept(answer);
    }

    /** The client has left: nobody reads the result. Nothing is told afterwards; false where it had ended. */
    public boolean tryCancel() {
        return client.tryCancel(this);
    }
}
