package io.gondola.gateway.openai;

import org.jspecify.annotations.Nullable;

/**
 * The headers that change a request, as the client wrote them.
 *
 * @param requestTimeout {@code X-Request-Timeout}: seconds, decimals allowed
 * @param priority {@code X-Priority}: interactive, standard or batch
 */
public record RequestHeaders(
        @Nullable String requestTimeout, @Nullable String priority) {

    public static final RequestHeaders NONE = new RequestHeaders(null, null);
}
