package io.gondola.gateway.openai;

import io.gondola.gateway.keys.ApiKey;
import io.gondola.protocol.RequestClass;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The headers that change a request, as the client wrote them, and the key that came with them.
 *
 * @param requestTimeout {@code X-Request-Timeout}: seconds, decimals allowed
 * @param priority {@code X-Priority}: interactive, standard or batch
 * @param key whose request it is; null where no keys are configured
 */
public record RequestHeaders(
        @Nullable String requestTimeout,
        @Nullable String priority,
        @Nullable ApiKey key) {

    public static final RequestHeaders NONE = new RequestHeaders(null, null, null);

    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,18})?|\\.[0-9]{1,18}");

    /** The deadline from now; no later than the limits allow. */
    public long timeoutNanos(RequestLimits limits) {
        if (requestTimeout == null) {
            return limits.timeoutNanosDefault();
        }
        String seconds = requestTimeout.strip();
        long nanos = SECONDS.matcher(seconds).matches()
                ? new BigDecimal(seconds).movePointRight(9).longValue()
                : 0;
        if (nanos <= 0) {
            throw ApiException.invalid(
                    "X-Request-Timeout",
                    "invalid_value",
                    "Invalid header 'X-Request-Timeout': expected seconds above 0, like 30 or 2.5, but got '"
                            + Shortened.of(requestTimeout) + "'.");
        }
        return Math.min(nanos, limits.timeoutNanosMax());
    }

    /** The priority asked for. */
    public RequestClass requestClass() {
        if (priority == null) {
            return key == null ? RequestClass.STANDARD : key.defaultClass();
        }
        return allowed(named(priority), "X-Priority");
    }

    /** The class of a priority level as Triton counts them, 1 the first; 0 leaves it to the headers. */
    public RequestClass requestClass(int level, String param) {
        return level == 0 ? requestClass() : allowed(RequestClass.values()[level - 1], param);
    }

    private RequestClass allowed(RequestClass named, String param) {
        if (key != null && !key.mayUse(named)) {
            throw new ApiException(
                    403,
                    "invalid_request_error",
                    "class_not_allowed",
                    param,
                    "This API key may not use class " + word(named) + "; the highest it may use is "
                            + word(key.highestClass()) + ".");
        }
        return named;
    }

    /** The unit of fairness: the key's owner, or without keys what the client says. */
    public String tenant(String user) {
        return key == null ? user : key.tenant();
    }

    /** How much of the service its tenant is to get, beside others. */
    public int tenantWeight() {
        return key == null ? 1 : key.tenantWeight();
    }

    private static String word(RequestClass requestClass) {
        return requestClass.word();
    }

    private static RequestClass named(String priority) {
        return switch (priority.strip().toLowerCase(Locale.ROOT)) {
            case "interactive" -> RequestClass.INTERACTIVE;
            case "standard" -> RequestClass.STANDARD;
            case "batch" -> RequestClass.BATCH;
            default ->
                throw ApiException.invalid(
                        "X-Priority",
                        "invalid_value",
                        "Invalid header 'X-Priority': expected interactive, standard or batch, but got '"
                                + Shortened.of(priority) + "'.");
        };
    }
}
