package io.gondola.gateway.dispatch;

import io.gondola.protocol.inference.InferenceId;
import java.util.Comparator;
import java.util.function.Consumer;

/** An inference that has not ended. */
public final class OpenInference {

    static final Comparator<OpenInference> BY_DEADLINE =
            Comparator.<OpenInference>comparingLong(i -> i.deadlineNanos).thenComparingLong(i -> i.number);

    private final InferenceClient client;
    private final InferenceId id;
    private final long number;
    private final long deadlineNanos;
    private final Consumer<InferenceAnswer> onEnd;

    OpenInference(
            InferenceClient client, InferenceId id, long number, long deadlineNanos, Consumer<InferenceAnswer> onEnd) {
        this.client = client;
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

    void end(InferenceAnswer answer) {
        onEnd.accept(answer);
    }

    /** The client has left: nobody reads the result. Nothing is told afterwards; false where it had ended. */
    public boolean tryCancel() {
        return client.tryCancel(this);
    }
}
