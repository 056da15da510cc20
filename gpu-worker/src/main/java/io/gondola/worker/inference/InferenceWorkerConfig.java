package io.gondola.worker.inference;

/**
 * The limits of a worker of inferences.
 *
 * @param workerId its name on the bus, unique in the cluster
 * @param batchesWaitingMax batches of one version that may wait for an instance here; the scheduler sends none to a busy
 *     one, so more than a few are a sign of two schedulers
 * @param closeMillisMax how long running batches may take to end when it closes
 */
public record InferenceWorkerConfig(String workerId, int batchesWaitingMax, long closeMillisMax) {

    public InferenceWorkerConfig {
        if (batchesWaitingMax < 1 || closeMillisMax < 1) {
            throw new IllegalArgumentException("batchesWaitingMax and closeMillisMax must be at least 1: "
                    + batchesWaitingMax + ", " + closeMillisMax);
        }
    }

    public static InferenceWorkerConfig of(String workerId) {
        return new InferenceWorkerConfig(workerId, 256, 30_000);
    }
}
