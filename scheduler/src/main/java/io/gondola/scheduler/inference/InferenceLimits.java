package io.gondola.scheduler.inference;

/**
 * Every limit of the scheduling of inferences, by name.
 *
 * @param queue what may wait
 * @param quotas what may wait of a class and of a tenant
 * @param absence what is done while nobody has a model
 * @param known how much is known at a time
 * @param loss when something counts as lost
 * @param order how requests are ordered and passed over
 * @param retryAfter what refused clients are told
 */
public record InferenceLimits(
        Queue queue,
        InferenceQuotas quotas,
        Absence absence,
        Known known,
        Loss loss,
        Order order,
        RetryAfter retryAfter) {

    private static final long SECOND_NANOS = 1_000_000_000L;

    /** The limits where nothing is configured. */
    public static InferenceLimits defaults() {
        return new InferenceLimits(
                new Queue(4_096, 256L << 20, 100),
                InferenceQuotas.NONE,
                new Absence(30 * SECOND_NANOS, 2 * SECOND_NANOS, 600 * SECOND_NANOS),
                new Known(1_024, 10_000),
                new Loss(2 * SECOND_NANOS, 3, 3),
                new Order(256, 10 * SECOND_NANOS, 8, 10_000),
                new RetryAfter(1_000, 60_000));
    }

    /**
     * What may wait.
     *
     * @param queueRequestsMax inferences of a version that may wait
     * @param queueBytesMax bytes of their tensors
     * @param hopelessPercent one whose estimated wait is more than this share of its time is refused at once; 0 never
     */
    public record Queue(int queueRequestsMax, long queueBytesMax, int hopelessPercent) {
        public Queue {
            require(queueRequestsMax >= 1, "queueRequestsMax", queueRequestsMax);
            require(queueBytesMax >= 1, "queueBytesMax", queueBytesMax);
            require(hopelessPercent >= 0, "hopelessPercent", hopelessPercent);
        }
    }

    /**
     * What is done while nobody has a model.
     *
     * @param heldNanosMax how long an inference is held while no worker has its model
     * @param youngNanos how long an owner that has just begun holds what it does not know, and denies nothing
     * @param forgottenNanos a version that no worker has had for this long is not known any more
     */
    public record Absence(long heldNanosMax, long youngNanos, long forgottenNanos) {
        public Absence {
            require(heldNanosMax >= 0, "heldNanosMax", heldNanosMax);
            require(youngNanos >= 0, "youngNanos", youngNanos);
            require(forgottenNanos >= 0, "forgottenNanos", forgottenNanos);
        }
    }

    /**
     * How much is known at a time.
     *
     * @param modelVersionsMax versions of models
     * @param workersMax workers, for each version
     */
    public record Known(int modelVersionsMax, int workersMax) {
        public Known {
            require(modelVersionsMax >= 1, "modelVersionsMax", modelVersionsMax);
            require(workersMax >= 1, "workersMax", workersMax);
        }
    }

    /**
     * When something counts as lost.
     *
     * @param workerSilenceNanosMax a worker that is silent for longer is gone
     * @param reportsMissedMax reports of its worker that a batch may be absent from
     * @param runsMax how often an inference is given to a worker when workers are lost
     */
    public record Loss(long workerSilenceNanosMax, int reportsMissedMax, int runsMax) {
        public Loss {
            require(workerSilenceNanosMax >= 1, "workerSilenceNanosMax", workerSilenceNanosMax);
            require(reportsMissedMax >= 1, "reportsMissedMax", reportsMissedMax);
            require(runsMax >= 1, "runsMax", runsMax);
        }
    }

    /**
     * How requests are ordered and passed over.
     *
     * @param incompatibleMax inferences of another shape that one batch passes over
     * @param agingNanos an inference that waited this long is aged
     * @param agedEvery every so manieth batch begins with the oldest aged inference, whatever its class; 0 never
     * @param idleTenantsMax tenants with nothing waiting whose service so far is remembered, for each class of a version
     */
    public record Order(int incompatibleMax, long agingNanos, int agedEvery, int idleTenantsMax) {
        public Order {
            require(incompatibleMax >= 0, "incompatibleMax", incompatibleMax);
            require(agingNanos >= 0, "agingNanos", agingNanos);
            require(agedEvery >= 0, "agedEvery", agedEvery);
            require(idleTenantsMax >= 0, "idleTenantsMax", idleTenantsMax);
        }
    }

    /**
     * What refused clients are told.
     *
     * @param millisMin at least
     * @param millisMax at most
     */
    public record RetryAfter(long millisMin, long millisMax) {
        public RetryAfter {
            require(millisMin >= 1 && millisMax >= millisMin, "millisMin", millisMin);
        }
    }

    /** The same with another bound on what waits. */
    public InferenceLimits withQueueMax(int requestsMax, long bytesMax) {
        Queue other = new Queue(requestsMax, bytesMax, queue.hopelessPercent);
        return new InferenceLimits(other, quotas, absence, known, loss, order, retryAfter);
    }

    /** The same with other quotas. */
    public InferenceLimits withQuotas(InferenceQuotas other) {
        return new InferenceLimits(queue, other, absence, known, loss, order, retryAfter);
    }

    /** The same with another youth of its owners. */
    public InferenceLimits withYoungNanos(long nanos) {
        Absence other = new Absence(absence.heldNanosMax, nanos, absence.forgottenNanos);
        return new InferenceLimits(queue, quotas, other, known, loss, order, retryAfter);
    }

    private static void require(boolean holds, String name, long value) {
        if (!holds) {
            throw new IllegalArgumentException(name + " out of range: " + value);
        }
    }
}
