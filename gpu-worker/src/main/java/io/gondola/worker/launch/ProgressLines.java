package io.gondola.worker.launch;

import io.gondola.worker.engine.LoadProgress;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Log lines about a load that takes its time: one every two seconds, none for a small model. Lines and no bar, because
 * they read well on a terminal and in a log store alike.
 */
final class ProgressLines implements LoadProgress {

    private static final Logger LOG = LoggerFactory.getLogger(ProgressLines.class);
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long MEGABYTE = 1_000_000;

    private final String model;
    private final LongSupplier nanoClock;
    private long saidNanos;

    ProgressLines(String model, LongSupplier nanoClock) {
        this.model = model;
        this.nanoClock = nanoClock;
        this.saidNanos = nanoClock.getAsLong();
    }

    @Override
    public void onProgress(long bytesDone, long bytesTotal) {
        long nowNanos = nanoClock.getAsLong();
        if (bytesDone == 0) {
            // What went before was the engine's own start, and says nothing about this model.
            saidNanos = nowNanos;
        }
        if (nowNanos - saidNanos < PAUSE_NANOS || bytesTotal <= 0) {
            return;
        }
        saidNanos = nowNanos;
        LOG.info(
                "Loading {}: {} % ({} of {} MB)",
                model, bytesDone * 100 / bytesTotal, bytesDone / MEGABYTE, bytesTotal / MEGABYTE);
    }
}
