package io.gondola.scheduler.core;

/**
 * The state of a model's queue in numbers.
 *
 * @param queueRequests generations that wait
 * @param queueTokens their prompt tokens
 * @param sequencesRunning generations aboard workers, not revoked
 * @param slots of all workers
 * @param slotsUsed reserved ones, revoked sequences included until their worker reports
 * @param kvTokensUsed KV tokens reserved
 * @param kvTokensCapacity KV tokens of all workers
 * @param workers workers known
 * @param workersLoading workers that say that they are loading the model
 */
public record SchedulerGauges(
        int queueRequests,
        long queueTokens,
        int sequencesRunning,
        long slots,
        long slotsUsed,
        long kvTokensUsed,
        long kvTokensCapacity,
        int workers,
        int workersLoading) {

    /** What scaling looks at: queued, running, and held for a worker to come. */
    public long demand() {
        return (long) queueRequests + sequencesRunning;
    }
}
