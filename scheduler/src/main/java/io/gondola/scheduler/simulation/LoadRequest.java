package io.gondola.scheduler.simulation;

import io.gondola.protocol.RequestClass;

/**
 * One request of a load, without its text.
 *
 * @param arrivalNanos since the load began
 * @param tenant the unit of fairness
 * @param requestClass priority
 * @param promptTokens at least one
 * @param maxTokens the most it may generate: what is reserved for it
 * @param outputTokens what it does generate
 * @param timeoutNanos its deadline, from its arrival
 */
public record LoadRequest(
        long arrivalNanos,
        String tenant,
        RequestClass requestClass,
        int promptTokens,
        int maxTokens,
        int outputTokens,
        long timeoutNanos) {

    public LoadRequest {
        if (arrivalNanos < 0 || promptTokens < 1 || outputTokens < 1 || outputTokens > maxTokens || timeoutNanos < 1) {
            throw new IllegalArgumentException("not a request: " + promptTokens + " prompt tokens, " + outputTokens
                    + " of at most " + maxTokens + " output tokens");
        }
    }
}
