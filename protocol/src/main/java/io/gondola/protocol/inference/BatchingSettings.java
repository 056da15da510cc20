package io.gondola.protocol.inference;

import io.gondola.protocol.RequestClass;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * How a model's requests are put together.
 *
 * @param maxBatchSize rows of one batch; 0 where the model's first dimension is no batch: each request runs alone
 * @param preferredBatchSizes batches of these sizes go as soon as a worker is free; ascending
 * @param maxQueueDelayNanos how long a worker that has just come back waits for company
 * @param instanceCount batches that one worker runs at the same time
 * @param queuePolicies one for each {@link RequestClass}, in its order
 * @param paddedInputs inputs whose other dimensions may differ between requests: they are padded to the largest
 */
public record BatchingSettings(
        int maxBatchSize,
        int[] preferredBatchSizes,
        long maxQueueDelayNanos,
        int instanceCount,
        List<QueuePolicy> queuePolicies,
        List<String> paddedInputs) {

    /** How long a worker that has just come back waits for company where nothing is said. */
    public static final long MAX_QUEUE_DELAY_NANOS_DEFAULT = 2_000_000;

    /** Beyond this a number is surely a mistake. */
    public static final int BATCH_SIZE_MAX = 65_536;

    public static final int INSTANCE_COUNT_MAX = 256;

    private static final int CLASSES = RequestClass.values().length;

    public BatchingSettings {
        queuePolicies = List.copyOf(queuePolicies);
        paddedInputs = List.copyOf(paddedInputs);
        if (maxBatchSize < 0 || maxBatchSize > BATCH_SIZE_MAX) {
            throw new IllegalArgumentException("max_batch_size must be 0 to " + BATCH_SIZE_MAX + ": " + maxBatchSize);
        }
        int previous = 0;
        for (int size : preferredBatchSizes) {
            if (size <= previous || size > maxBatchSize) {
                throw new IllegalArgumentException("preferred_batch_size must ascend from 1 to max_batch_size "
                        + maxBatchSize + ": " + Arrays.toString(preferredBatchSizes));
            }
            previous = size;
        }
        if (maxQueueDelayNanos < 0) {
            throw new IllegalArgumentException("max_queue_delay must not be negative: " + maxQueueDelayNanos);
        }
        if (instanceCount < 1 || instanceCount > INSTANCE_COUNT_MAX) {
            throw new IllegalArgumentException(
                    "instance_count must be 1 to " + INSTANCE_COUNT_MAX + ": " + instanceCount);
        }
        if (queuePolicies.size() != CLASSES) {
            throw new IllegalArgumentException(queuePolicies.size() + " queue policies for " + CLASSES + " classes");
        }
    }

    /** What holds where nothing is said. */
    public static BatchingSettings ofSize(int maxBatchSize) {
        return new BatchingSettings(
                maxBatchSize,
                new int[0],
                MAX_QUEUE_DELAY_NANOS_DEFAULT,
                1,
                Collections.nCopies(CLASSES, QueuePolicy.OPEN),
                List.of());
    }

    /** How requests of a class wait. */
    public QueuePolicy policyOf(RequestClass requestClass) {
        return queuePolicies.get(requestClass.ordinal());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BatchingSettings that
                && maxBatchSize == that.maxBatchSize
                && Arrays.equals(preferredBatchSizes, that.preferredBatchSizes)
                && maxQueueDelayNanos == that.maxQueueDelayNanos
                && instanceCount == that.instanceCount
                && queuePolicies.equals(that.queuePolicies)
                && paddedInputs.equals(that.paddedInputs);
    }

    @Override
    public int hashCode() {
        return 31 * maxBatchSize + instanceCount;
    }
}
