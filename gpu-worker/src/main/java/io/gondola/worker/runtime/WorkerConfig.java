package io.gondola.worker.runtime;

import io.gondola.protocol.StepBudget;

/**
 * The limits of one worker.
 *
 * @param workerId its name on the bus, unique in the cluster
 * @param initialBudget what a step may hold until the scheduler's Welcome says otherwise
 * @param inboxGenerationsMax generations that may wait for the end of the running step; more are refused
 * @param inboxRevokesMax revocations that may wait likewise
 * @param failedStepsMax steps in a row that may fail before the worker takes its model out of service
 * @param joinRetryMillisMin pause before WorkerJoined is said a second time; doubles from there
 * @param joinRetryMillisMax the longest such pause
 */
public record WorkerConfig(
        String workerId,
        StepBudget initialBudget,
        int inboxGenerationsMax,
        int inboxRevokesMax,
        int failedStepsMax,
        long joinRetryMillisMin,
        long joinRetryMillisMax) {

    /** As many as the slots can be: all of them may board, or leave, behind one step. */
    private static final int INBOX_MAX = 16_384;

    public WorkerConfig {
        if (inboxGenerationsMax < 1 || inboxRevokesMax < 1 || failedStepsMax < 1) {
            throw new IllegalArgumentException("inbox limits and failedStepsMax must be at least 1");
        }
        if (joinRetryMillisMin < 1 || joinRetryMillisMax < joinRetryMillisMin) {
            throw new IllegalArgumentException("joinRetryMillis " + joinRetryMillisMin + ".." + joinRetryMillisMax);
        }
    }

    /**
     * The defaults. The first pause before a repeated WorkerJoined is far longer than a Welcome takes: a scheduler that
     * has admitted meanwhile takes another join for another life of the worker, and starts its sequences anew.
     */
    public static WorkerConfig of(String workerId) {
        return new WorkerConfig(workerId, new StepBudget(Integer.MAX_VALUE, 256), INBOX_MAX, INBOX_MAX, 8, 500, 5000);
    }
}
