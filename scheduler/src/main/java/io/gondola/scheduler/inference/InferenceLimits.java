package io.gondola.scheduler.inference;

/**
 * Every limit of the scheduling of inferences, by name.
 *
 * @param queueRequestsMax inferences of a version that may wait
 * @param queueBytesMax bytes of their tensors
 * @param quotas what may wait of a class and of a tenant
 * @param hopelessPercent one whose estimated wait is more than this share of its time is refused at once; 0 never
 * @param heldNanosMax how long one is held while no worker has its model
 * @param youngNanos how long an owner that has just begun holds what it does not know, and denies nothing
 * @param forgottenNanos a version that no worker has had for this long is not known any more
 * @param modelVersionsMax versions of models known at a time
 * @param workersMax workers known at a time, for each version
 * @param workerSilenceNanosMax a worker that is silent for longer is gone
 * @param reportsMissedMax reports of its worker that a batch may be absent from before it counts as lost
 * @param runsMax how often an inference is given to a worker when workers are lost
 * @param incompatibleMax inferences of another shape that one batch passes over
 * @param agingNanos an inference that waited this long is aged
 * @param agedEvery every so manieth batch begins with the oldest aged inference, whatever its class; 0 never
 * @param idleTenantsMax tenants with nothing waiting whose service so far is remembered, for each class of a version
 * @param retryAfterMillisMin what refused clients are told at least
 * @param retryAfterMillisMax what they are told at most
 */
public record InferenceLimits(
        int queueRequestsMax,
        long queueBytesMax,
        InferenceQuotas quotas,
        int hopelessPercent,
        long heldNanosMax,
        long youngNanos,
        long forgottenNanos,
        int modelVersionsMax,
        int workersMax,
        long workerSilenceNanosMax,
        int reportsMissedMax,
        int runsMax,
        int incompatibleMax,
        long agingNanos,
        int agedEvery,
        int idleTenantsMax,
        long retryAfterMillisMin,
        long retryAfterMillisMax) {

    private static final long SECOND_NANOS = 1_000_000_000L;

    /** The limits where nothing is configured. */
    public static InferenceLimits defaults() {
        return new InferenceLimits(
                4_096,
                256L << 20,
                InferenceQuotas.NONE,
                100,
                30 * SECOND_NANOS,
                2 * SECOND_NANOS,
                600 * SECOND_NANOS,
                1_024,
                10_000,
                2 * SECOND_NANOS,
                3,
                3,
                256,
                10 * SECOND_NANOS,
                8,
                10_000,
                1_000,
                60_000);
    }

    public InferenceLimits {
        require(queueRequestsMax >= 1, "queueRequestsMax", queueRequestsMax);
        require(queueBytesMax >= 1, "queueBytesMax", queueBytesMax);
        require(hopelessPercent >= 0, "hopelessPercent", hopelessPercent);
        require(heldNanosMax >= 0, "heldNanosMax", heldNanosMax);
        require(youngNanos >= 0, "youngNanos", youngNanos);
        require(forgottenNanos >= 0, "forgottenNanos", forgottenNanos);
        require(modelVersionsMax >= 1, "modelVersionsMax", modelVersionsMax);
        require(workersMax >= 1, "workersMax", workersMax);
        require(workerSilenceNanosMax >= 1, "workerSilenceNanosMax", workerSilenceNanosMax);
        require(reportsMissedMax >= 1, "reportsMissedMax", reportsMissedMax);
        require(runsMax >= 1, "runsMax", runsMax);
        require(incompatibleMax >= 0, "incompatibleMax", incompatibleMax);
        require(agingNanos >= 0, "agingNanos", agingNanos);
        require(agedEvery >= 0, "agedEvery", agedEvery);
        require(idleTenantsMax >= 0, "idleTenantsMax", idleTenantsMax);
        require(
                retryAfterMillisMin >= 1 && retryAfterMillisMax >= retryAfterMillisMin,
                "retryAfterMillisMin",
                retryAfterMillisMin);
    }

    /** The same with another bound on what waits. */
    public InferenceLimits withQueueMax(int requestsMax, long bytesMax) {
        return new InferenceLimits(
                requestsMax,
                bytesMax,
                quotas,
                hopelessPercent,
                heldNanosMax,
                youngNanos,
                forgottenNanos,
                modelVersionsMax,
                workersMax,
                workerSilenceNanosMax,
                reportsMissedMax,
                runsMax,
                incompatibleMax,
                agingNanos,
                agedEvery,
                idleTenantsMax,
                retryAfterMillisMin,
                retryAfterMillisMax);
    }

    /** The same with other quotas. */
    public InferenceLimits withQuotas(InferenceQuotas newQuotas) {
        return new InferenceLimits(
                queueRequestsMax,
                queueBytesMax,
                newQuotas,
                hopelessPercent,
                heldNanosMax,
                youngNanos,
                forgottenNanos,
                modelVersionsMax,
                workersMax,
                workerSilenceNanosMax,
                reportsMissedMax,
                runsMax,
                incompatibleMax,
                agingNanos,
                agedEvery,
                idleTenantsMax,
                retryAfterMillisMin,
                retryAfterMillisMax);
    }

    /** The same with another youth of its owners. */
    public InferenceLimits withYoungNanos(long nanos) {
        return new InferenceLimits(
                queueRequestsMax,
                queueBytesMax,
                quotas,
                hopelessPercent,
                heldNanosMax,
                nanos,
                forgottenNanos,
                modelVersionsMax,
                workersMax,
                workerSilenceNanosMax,
                reportsMissedMax,
                runsMax,
                incompatibleMax,
                agingNanos,
                agedEvery,
                idleTenantsMax,
                retryAfterMillisMin,
                retryAfterMillisMax);
    }

    private static void require(boolean holds, String name, long value) {
        if (!holds) {
            throw new IllegalArgumentException(name + " out of range: " + value);
        }
    }
}
