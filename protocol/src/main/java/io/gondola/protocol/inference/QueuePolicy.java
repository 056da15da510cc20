package io.gondola.protocol.inference;

/**
 * How requests of one class wait for a model, as Triton's {@code ModelQueuePolicy} has it.
 *
 * @param maxQueueSize requests that may wait; 0 for as many as the scheduler's own limit lets
 * @param timeoutAction what happens to one that waited too long
 * @param defaultTimeoutNanos how long one may wait; 0 for as long as its deadline lets
 * @param allowTimeoutOverride whether a request may name a shorter time itself
 */
public record QueuePolicy(
        int maxQueueSize, TimeoutAction timeoutAction, long defaultTimeoutNanos, boolean allowTimeoutOverride) {

    /** No bounds but the scheduler's. */
    public static final QueuePolicy OPEN = new QueuePolicy(0, TimeoutAction.REJECT, 0, false);

    /** The wire carries the ordinal: append, never reorder. */
    public enum TimeoutAction {
        /** It is refused. */
        REJECT,
        /** It waits behind all of its class that are not late. */
        DELAY
    }

    public QueuePolicy {
        if (maxQueueSize < 0 || defaultTimeoutNanos < 0) {
            throw new IllegalArgumentException("max_queue_size and default_timeout must not be negative: "
                    + maxQueueSize + ", " + defaultTimeoutNanos);
        }
    }
}
