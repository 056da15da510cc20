package io.gondola.standalone.bench;

import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What a {@link LoadClient} saw.
 *
 * @param seconds from the first request to the end of the load
 * @param requests answered whole and well within that time
 * @param failures answers that were none: another status than 200, an error event, another text than expected, a
 *     connection lost
 * @param firstFailure what the first of them was; empty where there was none
 * @param tokens events with text that came within that time
 * @param bytes received
 * @param reads of a socket that brought something
 * @param latency of a whole answer, from when its request should have been sent
 * @param firstToken from when a request should have been sent to its first event with text
 * @param tokenGap from one event with text to the next of the same stream
 * @param textHashes for each request of the plan a hash of the text of its last answer; 0 where none came
 * @param cpuSeconds that the client's process used meanwhile
 * @param jvm what its virtual machine did meanwhile
 */
public record LoadResult(
        double seconds,
        long requests,
        long failures,
        String firstFailure,
        long tokens,
        long bytes,
        long reads,
        Percentiles latency,
        Percentiles firstToken,
        Percentiles tokenGap,
        List<Long> textHashes,
        double cpuSeconds,
        JvmWork jvm) {

    private static final double NANOS_PER_MILLI = 1e6;

    /** In milliseconds; 0 where nothing was measured. */
    public record Percentiles(double p50, double p90, double p99, double max) {

        static Percentiles of(Histogram nanos) {
            return new Percentiles(
                    nanos.getValueAtPercentile(50) / NANOS_PER_MILLI,
                    nanos.getValueAtPercentile(90) / NANOS_PER_MILLI,
                    nanos.getValueAtPercentile(99) / NANOS_PER_MILLI,
                    nanos.getMaxValue() / NANOS_PER_MILLI);
        }
    }

    public double requestsPerSecond() {
        return requests / seconds;
    }

    public double tokensPerSecond() {
        return tokens / seconds;
    }
}
