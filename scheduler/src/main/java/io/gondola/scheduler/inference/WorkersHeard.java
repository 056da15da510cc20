package io.gondola.scheduler.inference;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** When each worker was last heard of: one that is silent for too long is gone. */
final class WorkersHeard {

    private final long silenceNanosMax;
    private final int workersMax;
    /** Whoever was silent for longest first. */
    private final LinkedHashMap<String, Long> heardNanos = new LinkedHashMap<>();

    WorkersHeard(long silenceNanosMax, int workersMax) {
        this.silenceNanosMax = silenceNanosMax;
        this.workersMax = workersMax;
    }

    /** Answers whether the worker was known; one too many is not remembered. */
    boolean onHeard(String workerId, long nowNanos) {
        boolean isKnown = heardNanos.remove(workerId) != null;
        if (heardNanos.size() < workersMax) {
            heardNanos.put(workerId, nowNanos);
        }
        return isKnown;
    }

    void forget(String workerId) {
        heardNanos.remove(workerId);
    }

    List<String> takeSilent(long nowNanos) {
        List<String> silent = new ArrayList<>();
        for (Map.Entry<String, Long> entry : heardNanos.entrySet()) {
            if (nowNanos - entry.getValue() < silenceNanosMax) {
                break;
            }
            silent.add(entry.getKey());
        }
        silent.forEach(heardNanos::remove);
        return silent;
    }

    long nextSilenceNanos() {
        return heardNanos.isEmpty()
                ? Long.MAX_VALUE
                : Inference.saturatingAdd(heardNanos.values().iterator().next(), silenceNanosMax);
    }
}
