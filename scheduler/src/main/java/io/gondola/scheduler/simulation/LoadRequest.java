package io.gondola.scheduler.simulation;

import io.gondola.protocol.RequestClass;

/**
 * One generation of a load, without its text.
 *
 * @param arrivalNanos since the load began
 * @param tenant the unit of fairness
 * @param tenantWeight how many times the service of a tenant of weight 1 it is to get while both wait
 * @param requestClass priority
 * @param promptTokens at least one
 * @param maxTokens the most it may generate: what is reserved for it
 * @param outputTokens what it does generate; may be 0
 * @param timeoutNanos its deadline, from its arrival
 * @param patienceNanos when its client leaves, from its arrival; {@link #FOR_EVER} if it stays to the end
 * @param isJoined whether it is submitted together with the one before: they are one client's request
 * @param prefix the identities of the prompt's first blocks, {@value #BLOCK_CHARS} characters for each
 *     {@value #BLOCK_TOKENS} tokens; may be empty
 */
public record LoadRequest(
        long arrivalNanos,
        String tenant,
        int tenantWeight,
        RequestClass requestClass,
        int promptTokens,
        int maxTokens,
        int outputTokens,
        long timeoutNanos,
        long patienceNanos,
        boolean isJoined,
        String prefix) {

    public static final long FOR_EVER = Long.MAX_VALUE;

    /** As the traces of a gateway have it. */
    public static final int BLOCK_CHARS = 8;

    public static final int BLOCK_TOKENS = 32;

    public LoadRequest {
        if (arrivalNanos < 0
                || promptTokens < 1
                || outputTokens < 0
                || outputTokens > maxTokens
                || timeoutNanos < 1
                || patienceNanos < 1) {
            throw new IllegalArgumentException("not a request: " + promptTokens + " prompt tokens, " + outputTokens
                    + " of at most " + maxTokens + " output tokens");
        }
    }

    /** By itself, of a tenant like any other, with a client that stays, and with a prompt like no other. */
    public LoadRequest(
            long arrivalNanos,
            String tenant,
            RequestClass requestClass,
            int promptTokens,
            int maxTokens,
            int outputTokens,
            long timeoutNanos) {
        this(
                arrivalNanos,
                tenant,
                1,
                requestClass,
                promptTokens,
                maxTokens,
                outputTokens,
                timeoutNanos,
                FOR_EVER,
                false,
                "");
    }
}
