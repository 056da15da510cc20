package io.gondola.gateway.http;

import io.gondola.gateway.keys.ApiKey;
import io.gondola.gateway.keys.ApiKeyStore;
import io.vertx.core.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** Who may come in: whoever has a known key in {@code Authorization: Bearer} (RFC 6750), or anybody without keys. */
final class Access {

    private static final String CODE = "invalid_api_key";
    private static final CharSequence WWW_AUTHENTICATE = HttpHeaders.createOptimized("www-authenticate");
    private static final String BEARER = "Bearer ";
    private static final String CHALLENGE = "Bearer realm=\"gondola\"";
    private static final String INVALID = CHALLENGE + ", error=\"invalid_token\"";

    private final @Nullable ApiKeyStore keys;

    Access(@Nullable ApiKeyStore keys) {
        this.keys = keys;
    }

    /** Why the request may not come in, with its challenge set; null when it may, and its key is noted. */
    @Nullable
    ErrorReply tryRefuse(Exchange exchange) {
        ApiKeyStore known = keys;
        if (known == null) {
            return null;
        }
        String header = exchange.request().getHeader(HttpHeaders.AUTHORIZATION);
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            exchange.response().putHeader(WWW_AUTHENTICATE, CHALLENGE);
            return ErrorReply.invalid(
                    401, CODE, "There is no API key. Send it in the header 'Authorization: Bearer YOUR_KEY'.");
        }
        ApiKey key = known.tryFind(header.substring(BEARER.length()).strip());
        if (key == null) {
            exchange.response().putHeader(WWW_AUTHENTICATE, INVALID);
            return ErrorReply.invalid(401, CODE, "The API key is not known here.");
        }
        exchange.setKey(key);
        return null;
    }
}
