package io.gondola.scheduler.inference;

import io.gondola.protocol.Instants;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.Rejection.Reason;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.QueuePolicy;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Whether an inference may wait, and what one that may not is told. */
final class Door {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final InferenceLimits limits;

    Door(InferenceLimits limits) {
        this.limits = limits;
    }

    /** Why it may not wait, or null when it may. */
    @Nullable
    Rejection tryReject(InferenceRequest request, VersionQueue queue, long nowNanos) {
        if (request.timeoutNanos() <= 0) {
            return pointless(Reason.DEADLINE, "", 0);
        }
        int maxBatchSize = queue.batching().maxBatchSize();
        if (maxBatchSize > 0 && Inference.rowsOf(request) > maxBatchSize) {
            return pointless(Reason.TOO_LARGE, "max_batch_size", maxBatchSize);
        }
        if (request.bytes() > limits.queue().queueBytesMax()) {
            return pointless(Reason.TOO_LARGE, "queueBytesMax", limits.queue().queueBytesMax());
        }
        QueuePolicy policy = queue.batching().policyOf(request.requestClass());
        if (policy.maxQueueSize() > 0 && queue.line().sizeOf(request.requestClass()) >= policy.maxQueueSize()) {
            return full(Reason.QUEUE_REQUESTS_FULL, "max_queue_size", policy.maxQueueSize(), queue);
        }
        if (queue.line().size() >= limits.queue().queueRequestsMax()) {
            return full(
                    Reason.QUEUE_REQUESTS_FULL,
                    "queueRequestsMax",
                    limits.queue().queueRequestsMax(),
                    queue);
        }
        if (queue.line().bytes() + request.bytes() > limits.queue().queueBytesMax()) {
            return full(Reason.QUEUE_BYTES_FULL, "queueBytesMax", limits.queue().queueBytesMax(), queue);
        }
        Rejection overQuota = tryRejectOverQuota(request, queue);
        return overQuota != null ? overQuota : tryRejectHopeless(request, queue, nowNanos);
    }

    private @Nullable Rejection tryRejectOverQuota(InferenceRequest request, VersionQueue queue) {
        int classMax = limits.quotas().of(request.requestClass());
        if (queue.line().sizeOf(request.requestClass()) >= classMax) {
            String className = request.requestClass().name().toLowerCase(Locale.ROOT);
            return full(Reason.QUEUE_REQUESTS_FULL, className + "RequestsMax", classMax, queue);
        }
        int tenantMax = limits.quotas().tenantMax();
        return queue.line().sizeOf(request.tenant()) >= tenantMax
                ? full(Reason.QUEUE_REQUESTS_FULL, "tenantRequestsMax", tenantMax, queue)
                : null;
    }

    /** Refuses at once what would only wait for its deadline. The estimate errs on the hopeful side. */
    private @Nullable Rejection tryRejectHopeless(InferenceRequest request, VersionQueue queue, long nowNanos) {
        if (limits.queue().hopelessPercent() == 0 || queue.seats().isEmpty()) {
            return null;
        }
        long ahead = queue.line()
                .rowsBefore(request.requestClass(), request.tenant(), Instants.after(nowNanos, request.timeoutNanos()));
        long waitNanos = queue.rate().fullBatchesNanos(ahead, queue.batching().maxBatchSize(), queue.instances());
        if (waitNanos <= request.timeoutNanos() / 100.0 * limits.queue().hopelessPercent()) {
            return null;
        }
        long timeoutMillis = request.timeoutNanos() / NANOS_PER_MILLI;
        return refusal(Reason.CANNOT_MAKE_DEADLINE, "timeoutMillis", timeoutMillis, waitNanos / NANOS_PER_MILLI);
    }

    /** When it will have waited too long for its model's policy; {@link Long#MAX_VALUE} for never. */
    static long lateNanos(InferenceRequest request, QueuePolicy policy, long nowNanos) {
        long timeoutNanos = policy.defaultTimeoutNanos();
        if (policy.allowTimeoutOverride() && request.queueTimeoutNanos() > 0) {
            // Only ever shorter, as in Triton: the operator's bound holds.
            timeoutNanos = timeoutNanos == 0
                    ? request.queueTimeoutNanos()
                    : Math.min(timeoutNanos, request.queueTimeoutNanos());
        }
        return timeoutNanos == 0 ? Long.MAX_VALUE : Instants.after(nowNanos, timeoutNanos);
    }

    static Rejection unknownModel() {
        return pointless(Reason.UNKNOWN_MODEL, "", 0);
    }

    static Rejection deadline() {
        return pointless(Reason.DEADLINE, "", 0);
    }

    Rejection queueTimeout(VersionQueue queue) {
        return full(Reason.QUEUE_TIMEOUT, "default_timeout", 0, queue);
    }

    Rejection noWorker() {
        return new Rejection(
                Reason.NO_WORKER,
                "heldNanosMax",
                limits.absence().heldNanosMax(),
                limits.retryAfter().millisMin());
    }

    Rejection workersLost() {
        return new Rejection(
                Reason.WORKERS_LOST,
                "runsMax",
                limits.loss().runsMax(),
                limits.retryAfter().millisMin());
    }

    private Rejection full(Reason reason, String limitName, long limit, VersionQueue queue) {
        long waitNanos = queue.rate().waitNanos(queue.line().rows(), queue.instances());
        return refusal(reason, limitName, limit, waitNanos / NANOS_PER_MILLI);
    }

    private Rejection refusal(Reason reason, String limitName, long limit, long waitMillis) {
        long retryAfterMillis = Math.max(
                limits.retryAfter().millisMin(), Math.min(limits.retryAfter().millisMax(), waitMillis));
        return new Rejection(reason, limitName, limit, waitMillis, retryAfterMillis);
    }

    private static Rejection pointless(Reason reason, String limitName, long limit) {
        return new Rejection(reason, limitName, limit, 0);
    }
}
