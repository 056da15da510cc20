package io.gondola.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The benchmark itself, so short that its figures mean nothing. */
class OverheadBenchmarkTest {

    private static final Path MODEL = Path.of("..", "models", "gondola-guide");

    @Test
    void everythingIsMeasuredAndNothingFails() throws Exception {
        OverheadPlan plan =
                new OverheadPlan(MODEL, false, 2, List.of(BenchRequests.values()), 4, 3, 8, 20, 1, new WarmUp(0, 0));
        OverheadReport report = OverheadBenchmark.run(plan, next -> {});

        assertThat(report.requests()).hasSize(3).allSatisfy(kind -> assertThat(
                        List.of(kind.echoMax(), kind.gondolaMax(), kind.echoHalf(), kind.gondolaHalf()))
                .allSatisfy(OverheadBenchmarkTest::isSound));
        assertThat(report.streams()).singleElement().satisfies(streams -> {
            isSound(streams.echo());
            isSound(streams.gondola());
            assertThat(streams.gondola().load().tokens()).isPositive();
        });
        assertThat(new ObjectMapper()
                        .readTree(report.toJson())
                        .at("/requests/0/gondolaMax/load/requests")
                        .asLong())
                .isEqualTo(report.requests().get(0).gondolaMax().load().requests());
        assertThat(report.toText())
                .contains("chat", "completion", "tokens", "added at half")
                .doesNotContain("FAILED");
    }

    private static void isSound(OverheadReport.Measured measured) {
        assertThat(measured.load().firstFailure()).isEmpty();
        assertThat(measured.load().requests()).isPositive();
        assertThat(measured.load().latency().p99()).isPositive();
        assertThat(measured.cpu().processNanos()).isPositive();
    }
}
