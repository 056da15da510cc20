package io.gondola.scheduler.simulation;

/**
 * The workers of a simulated load: all alike, apart from the slow ones, and there from the start.
 *
 * @param workers how many
 * @param slots sequences aboard each
 * @param contextTokensMax prompt and output of one sequence
 * @param kvTokensMax KV-cache positions of each
 * @param cost of a step
 * @param slowWorkers how many of them are {@value #SLOW_TIMES} times slower
 * @param lostWorkers how many are killed halfway through the load
 */
public record Fleet(
        int workers,
        int slots,
        int contextTokensMax,
        long kvTokensMax,
        StepCost cost,
        int slowWorkers,
        int lostWorkers) {

    static final int SLOW_TIMES = 4;

    String name() {
        return workers == 1 ? "1 worker" : workers + " workers";
    }

    /** The first ones are the slow ones. */
    StepCost costOf(int worker) {
        return worker < slowWorkers ? cost.slower(SLOW_TIMES) : cost;
    }

    /** The last ones are lost. */
    boolean isLost(int worker) {
        return worker >= workers - lostWorkers;
    }
}
