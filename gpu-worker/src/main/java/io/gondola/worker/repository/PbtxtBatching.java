package io.gondola.worker.repository;

import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.QueuePolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import triton.DynamicBatching;

/**
 * {@code dynamic_batching} of a {@code config.pbtxt}. Its priority levels are our classes, 1 the first; requests that name none
 * are of the second.
 */
final class PbtxtBatching {

    private static final int LEVELS_MAX = RequestClass.values().length;
    private static final long LEVEL_DEFAULT = RequestClass.STANDARD.ordinal() + 1L;
    private static final long MICROS_MAX = TimeUnit.NANOSECONDS.toMicros(Long.MAX_VALUE);

    private final DynamicBatching batching;

    PbtxtBatching(DynamicBatching batching) {
        this.batching = batching;
        if (Long.compareUnsigned(batching.getPriorityLevels(), LEVELS_MAX) > 0) {
            throw new IllegalArgumentException(
                    "dynamic_batching.priority_levels: at most " + LEVELS_MAX + " are there");
        }
        long levelDefault = batching.getDefaultPriorityLevel();
        if (levelDefault != 0 && levelDefault != LEVEL_DEFAULT) {
            throw new IllegalArgumentException(
                    "dynamic_batching.default_priority_level: " + LEVEL_DEFAULT + " is the only one that is supported");
        }
        for (long level : batching.getPriorityQueuePolicyMap().keySet()) {
            if (level < 1 || level > LEVELS_MAX) {
                throw new IllegalArgumentException(
                        "dynamic_batching.priority_queue_policy: expected levels from 1 to " + LEVELS_MAX);
            }
        }
    }

    int[] preferredBatchSizes() {
        return batching.getPreferredBatchSizeList().stream()
                .mapToInt(Integer::intValue)
                .sorted()
                .distinct()
                .toArray();
    }

    /** Triton's default is not to wait. */
    long maxQueueDelayNanos() {
        return nanos("max_queue_delay_microseconds", batching.getMaxQueueDelayMicroseconds());
    }

    /** By class, in its order. */
    List<QueuePolicy> queuePolicies() {
        List<QueuePolicy> policies = new ArrayList<>();
        for (RequestClass requestClass : RequestClass.values()) {
            policies.add(policy(batching.getPriorityQueuePolicyOrDefault(
                    requestClass.ordinal() + 1L, batching.getDefaultQueuePolicy())));
        }
        return policies;
    }

    private static QueuePolicy policy(triton.QueuePolicy policy) {
        if (policy.getMaxQueueSize() < 0) {
            throw new IllegalArgumentException(
                    "dynamic_batching.default_queue_policy.max_queue_size: at most " + Integer.MAX_VALUE);
        }
        return new QueuePolicy(
                policy.getMaxQueueSize(),
                policy.getTimeoutAction() == triton.QueuePolicy.TimeoutAction.DELAY
                        ? QueuePolicy.TimeoutAction.DELAY
                        : QueuePolicy.TimeoutAction.REJECT,
                nanos("default_queue_policy.default_timeout_microseconds", policy.getDefaultTimeoutMicroseconds()),
                policy.getAllowTimeoutOverride());
    }

    private static long nanos(String field, long micros) {
        if (micros < 0 || micros > MICROS_MAX) {
            throw new IllegalArgumentException("dynamic_batching." + field + ": at most " + MICROS_MAX);
        }
        return TimeUnit.MICROSECONDS.toNanos(micros);
    }
}
