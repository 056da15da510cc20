package io.gondola.scheduler.runtime;

import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToScheduler.WorkerLoading;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far each worker is that says it is loading the model, for those who look: a gauge for each while it loads, and lines
 * in the log where that takes its time. What is decided by it, the core decides, which is told the same. On one event loop only.
 */
final class LoadingProgress {

    private static final Logger LOG = LoggerFactory.getLogger(LoadingProgress.class);
    /** A line for each quarter. */
    private static final int LOGGED_PERCENT = 25;
    /** What is loaded in that time is not spoken of. */
    private static final long SHORT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final SchedulerMetrics metrics;
    private final String model;
    private final long silentNanosMax;
    private final int workersMax;
    private final Map<String, Loading> byWorker = new HashMap<>();

    private static final class Loading {
        final long sinceNanos;
        long heardNanos;
        volatile int percent;
        int saidPercent;
        boolean isTold;

        Loading(long nowNanos) {
            sinceNanos = nowNanos;
        }
    }

    /**
     * @param silentNanosMax how long one is shown without another word
     * @param workersMax more are not shown
     */
    LoadingProgress(SchedulerMetrics metrics, String model, long silentNanosMax, int workersMax) {
        this.metrics = metrics;
        this.model = model;
        this.silentNanosMax = silentNanosMax;
        this.workersMax = workersMax;
    }

    void on(ToScheduler message, long nowNanos) {
        if (message instanceof WorkerLoading loading) {
            onLoading(loading, nowNanos);
        } else if (byWorker.isEmpty()) {
            return;
        } else if (message instanceof ToScheduler.Census census) {
            onEnd(census.workerId(), "has loaded it", nowNanos);
        } else if (message instanceof ToScheduler.WorkerLeft left) {
            onEnd(left.workerId(), "will not load it", nowNanos);
        }
    }

    void onTime(long nowNanos) {
        if (!byWorker.isEmpty()) {
            List<String> silent = byWorker.entrySet().stream()
                    .filter(one -> nowNanos - one.getValue().heardNanos >= silentNanosMax)
                    .map(Map.Entry::getKey)
                    .toList();
            silent.forEach(id -> onEnd(id, "says nothing any more while it loads", nowNanos));
        }
    }

    private void onLoading(WorkerLoading message, long nowNanos) {
        Loading loading = byWorker.get(message.workerId());
        if (loading == null) {
            if (byWorker.size() >= workersMax) {
                return;
            }
            Loading first = new Loading(nowNanos);
            loading = first;
            byWorker.put(message.workerId(), first);
            metrics.addLoading(message.workerId(), () -> first.percent);
        }
        loading.heardNanos = nowNanos;
        loading.percent = message.progressPercent();
        boolean isMuchMore = loading.percent >= loading.saidPercent + LOGGED_PERCENT;
        if (nowNanos - loading.sinceNanos >= SHORT_NANOS && (isMuchMore || !loading.isTold)) {
            loading.isTold = true;
            loading.saidPercent = loading.percent;
            LOG.info(
                    "model {}: worker {} has read {} % of it, {} s to go at that pace",
                    model,
                    message.workerId(),
                    loading.percent,
                    TimeUnit.MILLISECONDS.toSeconds(message.remainingMillis()));
        }
    }

    private void onEnd(String workerId, String what, long nowNanos) {
        Loading loading = byWorker.remove(workerId);
        if (loading != null) {
            metrics.removeLoading(workerId);
            if (loading.isTold) {
                long seconds = TimeUnit.NANOSECONDS.toSeconds(nowNanos - loading.sinceNanos);
                LOG.info("model {}: worker {} {}, after {} s", model, workerId, what, seconds);
            }
        }
    }
}
