package io.gondola.protocol;

import java.util.Arrays;

/**
 * A valid generation on its way to a worker. The gateway has parsed, tokenised and checked it; nobody behind the
 * gateway sees text or has to doubt a field.
 *
 * @param ref the generation and the attempt this is
 * @param gatewayId who gets the tokens: the name behind {@link io.gondola.protocol.wire.Addresses#gateway}
 * @param model the served name of the model
 * @param promptTokens token ids of the prompt; at least one
 * @param generatedTokens tokens that earlier attempts generated; empty on the first attempt. The worker prefills them
 *     after the prompt and goes on behind them
 * @param maxTokens how many tokens the output may have in all, {@code generatedTokens} included; 0 only to score a
 *     prompt ({@code promptLogprobs})
 * @param stopTokens token ids that end the generation; the stop token itself is not given out
 * @param sampling how tokens are drawn
 * @param topLogprobs log probabilities wanted with each token: -1 none, 0 the chosen token's, n also the n likeliest
 * @param promptLogprobs whether the prompt's tokens are scored too
 * @param tenant the unit of fairness; {@code ""} for nobody in particular
 * @param tenantWeight how many times the service of a tenant of weight 1 it is to get while both wait; from 1 to
 *     {@link #TENANT_WEIGHT_MAX}
 * @param requestClass priority
 * @param timeoutNanos what was left until the deadline when this message was sent; each role adds it to its own clock
 */
public record GenerationRequest(
        GenerationRef ref,
        String gatewayId,
        String model,
        int[] promptTokens,
        int[] generatedTokens,
        int maxTokens,
        int[] stopTokens,
        SamplingParams sampling,
        int topLogprobs,
        boolean promptLogprobs,
        String tenant,
        int tenantWeight,
        RequestClass requestClass,
        long timeoutNanos) {

    /** The largest weight of a tenant. */
    public static final int TENANT_WEIGHT_MAX = 1_000;

    /** The most alternatives reported with a token; OpenAI's limit. */
    public static final int TOP_LOGPROBS_MAX = 20;

    public GenerationRequest {
        if (promptTokens.length == 0) {
            throw new IllegalArgumentException("a prompt has at least one token");
        }
        if (maxTokens < generatedTokens.length) {
            throw new IllegalArgumentException(
                    "maxTokens " + maxTokens + " < " + generatedTokens.length + " tokens generated already");
        }
        if (maxTokens > Integer.MAX_VALUE - promptTokens.length) {
            throw new IllegalArgumentException(
                    promptTokens.length + " prompt tokens and " + maxTokens + " more are beyond counting");
        }
        if (topLogprobs < -1 || topLogprobs > TOP_LOGPROBS_MAX) {
            throw new IllegalArgumentException("topLogprobs " + topLogprobs);
        }
        requireTenantWeight(tenantWeight);
    }

    /** Throws unless a tenant may have this weight. */
    public static void requireTenantWeight(int weight) {
        if (weight < 1 || weight > TENANT_WEIGHT_MAX) {
            throw new IllegalArgumentException("tenantWeight " + weight);
        }
    }

    /** Tokens to prefill: the prompt and what earlier attempts generated. */
    public int prefillTokens() {
        return promptTokens.length + generatedTokens.length;
    }

    /** The most KV-cache positions the sequence can ever hold. */
    public int kvTokensMax() {
        return promptTokens.length + maxTokens;
    }

    /** The same generation as its next attempt, going on behind {@code generated}. */
    public GenerationRequest nextAttempt(int[] generated, long remainingNanos) {
        return new GenerationRequest(
                new GenerationRef(ref.id(), ref.attempt() + 1),
                gatewayId,
                model,
                promptTokens,
                generated,
                maxTokens,
                stopTokens,
                sampling,
                topLogprobs,
                // Scored once: a later attempt exists only after the first tokens or before any work was done.
                promptLogprobs && generated.length == 0,
                tenant,
                tenantWeight,
                requestClass,
                remainingNanos);
    }

    /** The same as it goes on with so much time left. */
    public GenerationRequest withTimeoutNanos(long remainingNanos) {
        return new GenerationRequest(
                ref,
                gatewayId,
                model,
                promptTokens,
                generatedTokens,
                maxTokens,
                stopTokens,
                sampling,
                topLogprobs,
                promptLogprobs,
                tenant,
                tenantWeight,
                requestClass,
                remainingNanos);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GenerationRequest that
                && ref.equals(that.ref)
                && gatewayId.equals(that.gatewayId)
                && model.equals(that.model)
                && Arrays.equals(promptTokens, that.promptTokens)
                && Arrays.equals(generatedTokens, that.generatedTokens)
                && maxTokens == that.maxTokens
                && Arrays.equals(stopTokens, that.stopTokens)
                && sampling.equals(that.sampling)
                && topLogprobs == that.topLogprobs
                && promptLogprobs == that.promptLogprobs
                && tenant.equals(that.tenant)
                && tenantWeight == that.tenantWeight
                && requestClass == that.requestClass
                && timeoutNanos == that.timeoutNanos;
    }

    @Override
    public int hashCode() {
        return ref.hashCode();
    }

    /** Names and sizes only: prompts do not belong into logs. */
    @Override
    public String toString() {
        return "GenerationRequest[" + ref + ", model=" + model + ", prompt=" + promptTokens.length
                + " tokens, generated=" + generatedTokens.length + ", max=" + maxTokens + ", class=" + requestClass
                + "]";
    }
}
