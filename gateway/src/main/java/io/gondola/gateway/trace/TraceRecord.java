package io.gondola.gateway.trace;

import io.gondola.gateway.metrics.Outcome;
import io.gondola.protocol.RequestClass;
import io.gondola.protocol.WaitReason;

/**
 * One client request that has ended, as {@link TraceWriter} is given it; what it writes says less.
 *
 * @param arrivedNanos of {@link System#nanoTime}
 * @param model the served name
 * @param requestClass priority
 * @param tenant the unit of fairness, as the scheduler knew it
 * @param tenantWeight how many times the service of a tenant of weight 1 it was to get
 * @param prompts at least one
 * @param choices for each prompt
 * @param outputTokens of each choice of each prompt, in the order of their indexes
 * @param cachedTokens prompt tokens that a worker had computed before
 * @param timeoutNanos the deadline, from the arrival
 * @param outcome how it ended
 * @param queueNanos in the scheduler's queue
 * @param waitReason what it waited for there
 * @param firstTokenNanos from its arrival; {@link #NEVER} without a token
 * @param durationNanos from its arrival to its end
 */
public record TraceRecord(
        long arrivedNanos,
        String model,
        RequestClass requestClass,
        String tenant,
        int tenantWeight,
        Prompt[] prompts,
        int choices,
        int[] outputTokens,
        int cachedTokens,
        long timeoutNanos,
        Outcome outcome,
        long queueNanos,
        WaitReason waitReason,
        long firstTokenNanos,
        long durationNanos) {

    /** It had no token. */
    public static final long NEVER = -1;

    /** Tokens of one block of a prefix. */
    public static final int PREFIX_BLOCK_TOKENS = 32;

    /** Blocks of all prompts of one request whose identity is written. */
    public static final int PREFIX_BLOCKS_MAX = 64;

    /**
     * One prompt.
     *
     * @param tokens how many
     * @param maxTokens what each of its choices might generate
     * @param head its first whole blocks, as many as are written
     */
    public record Prompt(int tokens, int maxTokens, int[] head) {}
}
