package io.gondola.protocol;

/**
 * Why the scheduler will not run a request.
 *
 * @param reason the kind of refusal
 * @param limitName the name of the limit that was met, as in {@code SchedulerLimits}; empty when there is none
 * @param limitValue its value
 * @param estimatedWaitMillis how long what is before it takes, by what was measured; 0 when nothing was
 * @param retryAfterMillis when to try again; 0 when trying again is pointless
 * @param waitReason what it had waited for; {@link WaitReason#NONE} where it was refused at the door
 */
public record Rejection(
        Reason reason,
        String limitName,
        long limitValue,
        long estimatedWaitMillis,
        long retryAfterMillis,
        WaitReason waitReason) {

    /** A refusal at the door. */
    public Rejection(
            Reason reason, String limitName, long limitValue, long estimatedWaitMillis, long retryAfterMillis) {
        this(reason, limitName, limitValue, estimatedWaitMillis, retryAfterMillis, WaitReason.NONE);
    }

    /** A refusal at the door, without an estimate. */
    public Rejection(Reason reason, String limitName, long limitValue, long retryAfterMillis) {
        this(reason, limitName, limitValue, 0, retryAfterMillis);
    }

    /** The same refusal, after a wait. */
    public Rejection afterWait(WaitReason waitedFor) {
        return new Rejection(reason, limitName, limitValue, estimatedWaitMillis, retryAfterMillis, waitedFor);
    }

    /** The wire carries the ordinal: append, never reorder. */
    public enum Reason {
        /** As many requests wait as may wait: 429. */
        QUEUE_REQUESTS_FULL,
        /** As many prompt tokens wait as may wait: 429. */
        QUEUE_TOKENS_FULL,
        /** No worker that could ever serve it: prompt and output do not fit its KV cache: 400. */
        TOO_LARGE,
        /** The deadline passed in the queue: 504. */
        DEADLINE,
        /** No worker came in the time a request may be held for one: 503. */
        NO_WORKER,
        /** The model is not configured at this scheduler: 404. */
        UNKNOWN_MODEL,
        /** It was cancelled while it waited; nobody listens any more. */
        CANCELLED,
        /** By the estimate it would wait beyond its deadline: 429. */
        CANNOT_MAKE_DEADLINE,
        /** As many bytes wait as may wait: 429. */
        QUEUE_BYTES_FULL,
        /** It waited in the queue for longer than its model's policy lets it: 503. */
        QUEUE_TIMEOUT,
        /** The worker was lost, and so were those that it was tried on next: 503. */
        WORKERS_LOST
    }
}
