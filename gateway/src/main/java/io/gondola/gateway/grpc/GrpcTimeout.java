package io.gondola.gateway.grpc;

import io.gondola.gateway.openai.ApiException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The header {@code grpc-timeout}: the time that the client gives a call. To the nanosecond, where Vert.x has milliseconds. */
final class GrpcTimeout {

    static final String HEADER = "grpc-timeout";

    /** As gRPC over HTTP/2 has it: at most 8 digits and a unit. */
    private static final Pattern FORM = Pattern.compile("([0-9]{1,8})([HMSmun])");

    private GrpcTimeout() {}

    /** Nanoseconds, or {@link Long#MAX_VALUE} where the client says nothing. */
    static long nanosOf(@Nullable String header) {
        if (header == null) {
            return Long.MAX_VALUE;
        }
        Matcher matcher = FORM.matcher(header);
        if (!matcher.matches()) {
            throw ApiException.invalid(
                    HEADER, "Invalid header 'grpc-timeout': expected up to 8 digits and one of H, M, S, m, u, n.");
        }
        long value = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "H" -> TimeUnit.HOURS.toNanos(value);
            case "M" -> TimeUnit.MINUTES.toNanos(value);
            case "S" -> TimeUnit.SECONDS.toNanos(value);
            case "m" -> TimeUnit.MILLISECONDS.toNanos(value);
            case "u" -> TimeUnit.MICROSECONDS.toNanos(value);
            default -> value;
        };
    }
}
