package io.gondola.protocol;

/**
 * How long an attempt waited in the scheduler's queue, and for what.
 *
 * @param nanos from its submission to its boarding
 * @param reason what weighed most
 */
public record QueueWait(long nanos, WaitReason reason) {

    /** It did not wait. */
    public static final QueueWait NONE = new QueueWait(0, WaitReason.NONE);
}
