package io.gondola.gateway.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.gondola.gateway.openai.ApiException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcTimeoutTest {

    @ParameterizedTest
    @CsvSource({
        "2H,7200000000000",
        "3M,180000000000",
        "4S,4000000000",
        "5m,5000000",
        "6u,6000",
        "7n,7",
        "99999999u,99999999000"
    })
    void everyUnit(String header, long nanos) {
        assertThat(GrpcTimeout.nanosOf(header)).isEqualTo(nanos);
    }

    @Test
    void noneIsForEver() {
        assertThat(GrpcTimeout.nanosOf(null)).isEqualTo(Long.MAX_VALUE);
        assertThat(GrpcTimeout.nanosOf("99999999H")).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "S", "-1S", "1.5S", "123456789m", "5s", "5 m"})
    void anythingElseIsRefused(String header) {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> GrpcTimeout.nanosOf(header))
                .withMessageContaining("grpc-timeout");
    }
}
