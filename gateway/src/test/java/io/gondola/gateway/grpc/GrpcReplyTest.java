package io.gondola.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.gateway.http.ErrorReply;
import io.vertx.core.MultiMap;
import io.vertx.grpc.common.GrpcStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcReplyTest {

    @ParameterizedTest
    @CsvSource({
        "400,INVALID_ARGUMENT",
        "401,UNAUTHENTICATED",
        "403,PERMISSION_DENIED",
        "404,NOT_FOUND",
        "408,DEADLINE_EXCEEDED",
        "413,RESOURCE_EXHAUSTED",
        "429,RESOURCE_EXHAUSTED",
        "500,INTERNAL",
        "503,UNAVAILABLE",
        "504,DEADLINE_EXCEEDED"
    })
    void everyKindOfErrorHasItsStatus(int httpStatus, String status) {
        assertThat(GrpcReply.of(ErrorReply.invalid(httpStatus, null, "wrong")).status())
                .isEqualTo(GrpcStatus.valueOf(status));
    }

    /** gRPC over HTTP/2, "Status-Message": what is printable stays as it is. */
    @Test
    void onlyWhatAHeaderCannotHoldIsEncoded() {
        assertThat(GrpcReply.encoded("model: 'x', [1, 2] = 50%\nüber"))
                .isEqualTo("model: 'x', [1, 2] = 50%25%0A%C3%BCber");
    }

    @Test
    void noLongMessageBreaksTheTrailers() {
        MultiMap trailers = MultiMap.caseInsensitiveMultiMap();
        new GrpcReply(GrpcStatus.UNAVAILABLE, "ü".repeat(10_000), 3).addTo(trailers);
        int bytes = trailers.entries().stream()
                .mapToInt(entry -> entry.getKey().length() + entry.getValue().length())
                .sum();
        assertThat(bytes).isLessThan(8 * 1024);
        assertThat(trailers.get("grpc-retry-pushback-ms")).isEqualTo("3000");
    }
}
