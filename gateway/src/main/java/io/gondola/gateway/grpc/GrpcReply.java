package io.gondola.gateway.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.gondola.gateway.http.ErrorReply;
import io.vertx.core.MultiMap;
import io.vertx.grpc.common.GrpcStatus;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/**
 * An error as gRPC has it: the status, the words of the same error over HTTP, and when to try again (google.rpc.RetryInfo
 * for programs, {@code grpc-retry-pushback-ms} for the retry policies of client libraries).
 *
 * @param status of the call
 * @param message what was wrong
 * @param retryAfterSeconds 0 for no advice
 */
record GrpcReply(GrpcStatus status, String message, long retryAfterSeconds) {

    /** Clients take 8 KB of trailers, in which a character may have nine bytes, and the message stands twice. */
    private static final int MESSAGE_CHARS_MAX = 400;

    private static final String MESSAGE = "grpc-message";
    private static final String DETAILS = "grpc-status-details-bin";
    private static final String PUSHBACK = "grpc-retry-pushback-ms";

    static GrpcReply of(ErrorReply reply) {
        return new GrpcReply(statusOf(reply.error().status()), reply.error().message(), reply.retryAfterSeconds());
    }

    /** By what each means: docs/inference.md has the table. */
    private static GrpcStatus statusOf(int httpStatus) {
        return switch (httpStatus) {
            case 400 -> GrpcStatus.INVALID_ARGUMENT;
            case 401 -> GrpcStatus.UNAUTHENTICATED;
            case 403 -> GrpcStatus.PERMISSION_DENIED;
            case 404 -> GrpcStatus.NOT_FOUND;
            case 408, 504 -> GrpcStatus.DEADLINE_EXCEEDED;
            case 413, 429 -> GrpcStatus.RESOURCE_EXHAUSTED;
            case 415, 501 -> GrpcStatus.UNIMPLEMENTED;
            case 503 -> GrpcStatus.UNAVAILABLE;
            default -> GrpcStatus.INTERNAL;
        };
    }

    /**
     * As the header wants it: percent signs, and what is no printable ASCII. Vert.x (Utils.utf8PercentEncode, 5.0.7) encodes
     * punctuation too, which JavaScript's client then shows as it came.
     */
    static String encoded(String message) {
        StringBuilder header = new StringBuilder(message.length());
        for (byte each : message.getBytes(StandardCharsets.UTF_8)) {
            if (each >= ' ' && each <= '~' && each != '%') {
                header.append((char) each);
            } else {
                header.append('%')
                        .append(Character.toUpperCase(Character.forDigit(each >> 4 & 0xF, 16)))
                        .append(Character.toUpperCase(Character.forDigit(each & 0xF, 16)));
            }
        }
        return header.toString();
    }

    /** What fits into a header. */
    private String shortMessage() {
        return message.length() <= MESSAGE_CHARS_MAX ? message : message.substring(0, MESSAGE_CHARS_MAX) + "...";
    }

    /** Says what was wrong, and when to try again where there is something to say. */
    void addTo(MultiMap trailers) {
        trailers.set(MESSAGE, encoded(shortMessage()));
        if (retryAfterSeconds <= 0) {
            return;
        }
        Status details = Status.newBuilder()
                .setCode(status.code)
                .setMessage(shortMessage())
                .addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(Duration.newBuilder().setSeconds(retryAfterSeconds))
                        .build()))
                .build();
        trailers.set(DETAILS, Base64.getEncoder().withoutPadding().encodeToString(details.toByteArray()));
        trailers.set(PUSHBACK, Long.toString(TimeUnit.SECONDS.toMillis(retryAfterSeconds)));
    }
}
