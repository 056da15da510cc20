package io.gondola.scheduler.simulation;

import io.gondola.protocol.ToScheduler;
import io.gondola.scheduler.core.SchedulerLimits;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The second book's page on workers that say that they are loading. */
final class KnownLoading {

    private record Announced(long firstNanos, long lastNanos) {}

    private final SchedulerLimits.Loading limits;
    private final int workersMax;
    private final Map<String, Announced> announced = new HashMap<>();

    KnownLoading(SchedulerLimits limits) {
        this.limits = limits.loading();
        workersMax = limits.memory().workersMax();
    }

    /**
     * Takes in a message, before its effects.
     *
     * @param here the workers that are not loading, whatever they say
     */
    void on(ToScheduler message, long nowNanos, Set<String> here) {
        forget(nowNanos);
        if (message instanceof ToScheduler.WorkerLoading loading) {
            String id = loading.workerId();
            if (announced.containsKey(id) || announced.size() < workersMax && !here.contains(id)) {
                announced.merge(
                        id,
                        new Announced(nowNanos, nowNanos),
                        (known, fresh) -> new Announced(known.firstNanos, nowNanos));
            }
        } else if (message instanceof ToScheduler.Census census) {
            announced.remove(census.workerId());
        } else if (message instanceof ToScheduler.WorkerLeft left) {
            announced.remove(left.workerId());
        }
    }

    /** How many are to be counted on. */
    int count(long nowNanos) {
        forget(nowNanos);
        return (int) announced.values().stream()
                .filter(one -> nowNanos - one.firstNanos < limits.loadingNanosMax())
                .count();
    }

    private void forget(long nowNanos) {
        announced.values().removeIf(one -> nowNanos - one.lastNanos >= limits.silentNanosMax());
    }
}
