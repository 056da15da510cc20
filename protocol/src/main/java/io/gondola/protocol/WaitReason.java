package io.gondola.protocol;

/**
 * What a request waited for, at most: the reason that weighed most on its way from submission to a worker. The wire carries
 * the ordinal: append, never reorder.
 */
public enum WaitReason {
    /** It boarded in the instant it came. */
    NONE,
    /** No worker was known when it came, or the last one was lost while it waited. */
    COLD_START,
    /** It was next, there were free slots, and none had as many KV tokens free as it needs. */
    NO_KV_ROOM,
    /** Others who came later went first: by class, by tenant, by deadline. */
    FAIRNESS,
    /** All slots were taken. */
    NO_SLOT
}
