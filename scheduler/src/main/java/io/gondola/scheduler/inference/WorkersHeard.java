package io.gondola.scheduler.inference;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * When each worker was last heard of: one that is silent for too long is gone. Time in which this owner slept does not
 * count: others spoke and it did not hear.
 */
final class WorkersHeard {

    private final long silenceNanosMax;
    private final int workersMax;
    private final long gapNanosMax;
    /** Whoever was silent for longest first; in time that was listened. */
    private final LinkedHashMap<String, Long> heardNanos = new LinkedHashMap<>();

    private long lastNanos = Long.MIN_VALUE;
    private long listenedNanos;

    /** @param gapNanosMax as much of the time between two events counts; more than that, and this owner slept */
    WorkersHeard(long silenceNanosMax, int workersMax, long gapNanosMax) {
        this.silenceNanosMax = silenceNanosMax;
        this.workersMax = workersMax;
        this.gapNanosMax = gapNanosMax;
    }

    /** Before anything else of an event. */
    void onTime(long nowNanos) {
        listenedNanos += lastNanos == Long.MIN_VALUE ? 0 : Math.min(nowNanos - lastNanos, gapNanosMax);
        lastNanos = nowNanos;
    }

    /** Answers whether the worker was known; one too many is not remembered. */
    boolean onHeard(String workerId) {
        boolean isKnown = heardNanos.remove(workerId) != null;
        if (heardNanos.size() < workersMax) {
            heardNanos.put(workerId, listenedNanos);
        }
        return isKnown;
    }

    void forget(String workerId) {
        heardNanos.remove(workerId);
    }

    List<String> ids() {
        return heardNanos.keySet().stream().sorted().toList();
    }

    List<String> takeSilent() {
        List<String> silent = new ArrayList<>();
        for (Map.Entry<String, Long> entry : heardNanos.entrySet()) {
            if (listenedNanos - entry.getValue() < silenceNanosMax) {
                break;
            }
            silent.add(entry.getKey());
        }
        silent.forEach(heardNanos::remove);
        return silent;
    }

    long nextSilenceNanos(long nowNanos) {
        return heardNanos.isEmpty()
                ? Long.MAX_VALUE
                : nowNanos + heardNanos.values().iterator().next() + silenceNanosMax - listenedNanos;
    }
}
