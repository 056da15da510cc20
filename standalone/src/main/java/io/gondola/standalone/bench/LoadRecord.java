package io.gondola.standalone.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** What one load has brought so far. Belongs to the thread that reads. */
final class LoadRecord {

    private static final long NANOS_MAX = TimeUnit.MINUTES.toNanos(11);
    private static final int DIGITS = 3;
    private static final int OK = 200;

    private final LoadPlan plan;
    private final long[] textHashes;
    private final Histogram latency = new Histogram(NANOS_MAX, DIGITS);
    private final Histogram firstToken = new Histogram(NANOS_MAX, DIGITS);
    private final Histogram tokenGap = new Histogram(NANOS_MAX, DIGITS);
    private long answers;
    private long failures;
    private String firstFailure = "";
    private long tokens;
    private long bytes;
    private long reads;

    LoadRecord(LoadPlan plan) {
        this.plan = plan;
        textHashes = new long[plan.requests().size()];
    }

    void onRead(int count) {
        bytes += count;
        reads++;
    }

    /** @param before pieces of the same answer that came earlier, the last of them at {@code lastNanos} */
    void onPieces(int before, int count, long dueNanos, long lastNanos, long nowNanos) {
        tokens += count;
        if (before == 0) {
            firstToken.recordValue(toRecorded(nowNanos - dueNanos));
        } else {
            tokenGap.recordValue(toRecorded(nowNanos - lastNanos));
        }
        // Those that came with it came at once.
        tokenGap.recordValueWithCount(0, Math.max(0, count - 1));
    }

    void onLatency(long dueNanos, long nowNanos) {
        latency.recordValue(toRecorded(nowNanos - dueNanos));
    }

    void onAnswer(int requestIndex, int status, EventReader events) {
        long expected =
                plan.expectedHashes().isEmpty() ? 0 : plan.expectedHashes().get(requestIndex);
        textHashes[requestIndex] = events.hash();
        if (status != OK) {
            onFailure("status " + status + ": " + events.last());
        } else if (events.hasError()) {
            onFailure("an error event in an answer");
        } else if (!plan.expectedHashes().isEmpty() && events.hash() != expected) {
            onFailure("another text than expected for request " + requestIndex);
        } else {
            answers++;
        }
    }

    void onFailure(String what) {
        failures++;
        if (firstFailure.isEmpty()) {
            firstFailure = what;
        }
    }

    LoadResult toResult(double seconds, double cpuSeconds, JvmWork jvm) {
        List<Long> hashes = new ArrayList<>(textHashes.length);
        for (long hash : textHashes) {
            hashes.add(hash);
        }
        return new LoadResult(
                seconds,
                answers,
                failures,
                firstFailure,
                tokens,
                bytes,
                reads,
                LoadResult.Percentiles.of(latency),
                LoadResult.Percentiles.of(firstToken),
                LoadResult.Percentiles.of(tokenGap),
                hashes,
                cpuSeconds,
                jvm);
    }

    private static long toRecorded(long nanos) {
        return Math.max(0, Math.min(NANOS_MAX, nanos));
    }
}
