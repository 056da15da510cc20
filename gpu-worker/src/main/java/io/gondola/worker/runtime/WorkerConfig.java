package io.gondola.worker.runtime;

import io.gondola.protocol.NodeNames;
import io.gondola.protocol.StepBudget;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The limits of one worker.
 *
 * @param workerId its name on the bus, unique to this life of this process: a worker that restarts is another
 * @param initialBudget what a step may hold until the scheduler's Welcome says otherwise
 * @param inboxGenerationsMax generations that may wait for the end of the running step; more are refused
 * @param inboxRevokesMax revocations that may wait likewise
 * @param failedStepsMax steps in a row that may fail before the worker takes its model out of service
 */
public record WorkerConfig(
        String workerId, StepBudget initialBudget, int inboxGenerationsMax, int inboxRevokesMax, int failedStepsMax) {

    /** As many as the slots can be: all of them may board, or leave, behind one step. */
    private static final int INBOX_MAX = 16_384;

    public WorkerConfig {
        if (inboxGenerationsMax < 1 || inboxRevokesMax < 1 || failedStepsMax < 1) {
            throw new IllegalArgumentException("inbox limits and failedStepsMax must be at least 1");
        }
    }

    /** The defaults, for a worker that logs and people call {@code name}. */
    public static WorkerConfig of(String name) {
        String life = Integer.toHexString(ThreadLocalRandom.current().nextInt());
        return ofNode(NodeNames.idOn(name, life));
    }

    /**
     * The defaults, for the one worker of a process of a cluster. It has the process's own name, which is one life's
     * already: who sees the process leave knows by that which worker is gone.
     */
    public static WorkerConfig ofNode(String nodeId) {
        return new WorkerConfig(nodeId, new StepBudget(Integer.MAX_VALUE, 256), INBOX_MAX, INBOX_MAX, 8);
    }
}
