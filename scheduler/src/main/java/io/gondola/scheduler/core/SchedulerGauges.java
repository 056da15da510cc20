package io.gondola.scheduler.core;

import io.gondola.protocol.RequestClass;

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
 * @param fairness how evenly tenants were served
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
        int workersLoading,
        Fairness fairness) {

    /** Jain's index of the service that tenants had in the last whole window, by class; 1 is the fairest. */
    public record Fairness(double interactive, double standard, double batch) {

        public double of(RequestClass requestClass) {
            return switch (requestClass) {
                case INTERACTIVE -> interactive;
                case STANDARD -> standard;
                case BATCH -> batch;
            };
        }
    }

    /** What scaling looks at: queued, running, and held for a worker to come. */
    public long demand() {
        return (long) queueRequests + sequencesRunning;
    }
}
