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
}
