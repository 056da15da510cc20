package io.gondola.standalone.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What {@code ./gondola bench streams} does with 10,000, with as many as a test may have. */
class StreamsBenchmarkTest {

    private static final Path MODEL = Path.of("..", "models", "gondola-guide");
    private static final int STREAMS = 500;
    private static final int TOKENS = 12;

    @Test
    void everyStreamGetsAllItsTokensInOrder() throws Exception {
        StreamsReport report = StreamsBenchmark.run(MODEL, 2, STREAMS, TOKENS, 100);

        assertThat(report.load().firstFailure()).isEmpty();
        assertThat(report.load().requests()).isEqualTo(STREAMS);
        // A reader that keeps up gets each token as an event of its own.
        assertThat(report.load().tokens()).isEqualTo((long) STREAMS * TOKENS);
        assertThat(report.isSound()).isTrue();
        assertThat(report.openMax()).isBetween(1, STREAMS);
        assertThat(report.toJson()).contains("\"heapBytes\"");
        assertThat(report.toText()).contains("500 streams of 12 tokens");
    }
}
