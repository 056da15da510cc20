package io.gondola.gateway.embeddings;

import io.gondola.protocol.RequestClass;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client wants vectors of, checked as far as that can be without the model's tokens.
 *
 * @param model the served name
 * @param inputs in the client's order
 * @param isBase64 whether vectors are wanted as base64 of their floats
 * @param dimensions the first so many of each vector; 0 for all
 * @param truncateTokens cut inputs to so many tokens; 0 refuses what is too long, -1 cuts to what the model takes
 * @param promptName what to put before the texts; null for the model's default
 * @param requestClass priority
 * @param tenant the unit of fairness
 * @param tenantWeight how many times the service of a tenant of weight 1 it is to get
 * @param timeoutNanos until its deadline
 */
public record EmbeddingRequest(
        String model,
        List<Input> inputs,
        boolean isBase64,
        int dimensions,
        int truncateTokens,
        @Nullable String promptName,
        RequestClass requestClass,
        String tenant,
        int tenantWeight,
        long timeoutNanos) {

    public EmbeddingRequest {
        inputs = List.copyOf(inputs);
    }

    /**
     * One text, or its tokens.
     *
     * @param param its place in the request
     * @param text null where the client sent tokens
     * @param tokens null where it sent text
     */
    public record Input(String param, @Nullable String text, int @Nullable [] tokens) {}
}
