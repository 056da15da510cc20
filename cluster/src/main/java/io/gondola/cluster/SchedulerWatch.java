package io.gondola.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Which schedulers hang, by their heartbeats: sooner than other members are given up, because new requests wait for it.
 * Three things bound false alarms. Time in which this process itself slept does not count; nor does silence while nobody at
 * all is heard, because then the network is at fault; and a scheduler that nobody could replace is not given up.
 */
final class SchedulerWatch {

    /** A scheduler that is silent for so long is given up: two heartbeats and a half. */
    static final long SILENCE_MILLIS_MAX = 2_500;
    /** Who looks again after a longer time than this was asleep. */
    static final long ASLEEP_MILLIS_MIN = 600;

    private static final long SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(SILENCE_MILLIS_MAX);
    private static final long ASLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(ASLEEP_MILLIS_MIN);

    private record Heard(long heartbeat, long atNanos) {}

    private final boolean isScheduler;
    private final Map<UUID, Heard> heard = new HashMap<>();
    private long lookedNanos;

    /** @param isScheduler whether this process could take over itself */
    SchedulerWatch(boolean isScheduler, long nowNanos) {
        this.isScheduler = isScheduler;
        lookedNanos = nowNanos;
    }

    /**
     * To be called at least each {@link #ASLEEP_MILLIS_MIN}.
     *
     * @param heartbeats of all other members: another number for each heartbeat
     * @param schedulers those among them that are schedulers
     * @return who hangs, and is not the last one
     */
    List<UUID> look(Map<UUID, Long> heartbeats, Set<UUID> schedulers, long nowNanos) {
        long sleptNanos = nowNanos - lookedNanos > ASLEEP_NANOS ? nowNanos - lookedNanos : 0;
        lookedNanos = nowNanos;
        heard.keySet().retainAll(heartbeats.keySet());
        List<UUID> silent = new ArrayList<>();
        boolean hearsAnybody = false;
        boolean isReplaceable = isScheduler;
        for (Map.Entry<UUID, Long> each : heartbeats.entrySet()) {
            UUID member = each.getKey();
            if (isSilent(member, each.getValue(), sleptNanos, nowNanos)) {
                silent.add(member);
            } else {
                hearsAnybody = true;
                isReplaceable |= schedulers.contains(member);
            }
        }
        silent.retainAll(schedulers);
        return hearsAnybody && isReplaceable ? silent : List.of();
    }

    private boolean isSilent(UUID member, long heartbeat, long sleptNanos, long nowNanos) {
        Heard before = heard.get(member);
        if (before == null || before.heartbeat != heartbeat) {
            heard.put(member, new Heard(heartbeat, nowNanos));
            return false;
        }
        if (sleptNanos > 0) {
            heard.put(member, new Heard(heartbeat, before.atNanos + sleptNanos));
        }
        return nowNanos - sleptNanos - before.atNanos > SILENCE_NANOS;
    }
}
