package io.gondola.gateway.http;

import io.gondola.gateway.keys.ApiKey;
import io.gondola.gateway.keys.ApiKeyStore;
import io.vertx.core.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** Who may come in: whoever has a known key in {@code Authorization: Bearer} (RFC 6750), or anybody without keys. */
public final class Access {

    private static final String CODE = "invalid_api_key";
    private static final CharSequence WWW_AUTHENTICATE = HttpHeaders.createOptimized("www-authenticate");
    private static final String BEARER = "Bearer ";
    private static final String CHALLENGE = "Bearer realm=\"gondola\"";
    private static final String INVALID = CHALLENGE + ", error=\"invalid_token\"";

    private final @Nullable ApiKeyStore keys;

    public Access(@Nullable ApiKeyStore keys) {
        this.keys = keys;
    }

    /**
     * What came of looking at a key.
     *
     * @param key whose request it is; null where no keys are configured, or it may not come in
     * @param refusal why it may not come in; null when it may
     * @param challenge for the header {@code WWW-Authenticate}; empty when it may
     */
    public record Admission(@Nullable ApiKey key, @Nullable ErrorReply refusal, String challenge) {

        /** Nobody needs a key. */
        public static final Admission ANYBODY = new Admission(null, null, "");
    }

    /** Looks at the header {@code Authorization}. */
    public Admission admit(@Nullable String authorization) {
        ApiKeyStore known = keys;
        if (known == null) {
            return Admission.ANYBODY;
        }
        if (authorization == null || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return refused(CHALLENGE, "There is no API key. Send it in the header 'Authorization: Bearer YOUR_KEY'.");
        }
        ApiKey key = known.tryFind(authorization.substring(BEARER.length()).strip());
        return key == null ? refused(INVALID, "The API key is not known here.") : new Admission(key, null, "");
    }

    private static Admission refused(String challenge, String message) {
        return new Admission(null, ErrorReply.invalid(401, CODE, message), challenge);
    }

    /** Why the request may not come in, with its challenge set; null when it may, and its key is noted. */
    @Nullable
    ErrorReply tryRefuse(Exchange exchange) {
        Admission admission = admit(exchange.request().getHeader(HttpHeaders.AUTHORIZATION));
        ApiKey key = admission.key();
        if (admission.refusal() != null) {
            exchange.response().putHeader(WWW_AUTHENTICATE, admission.challenge());
        } else if (key != null) {
            exchange.setKey(key);
        }
        return admission.refusal();
    }
}
