package io.gondola.protocol;

/**
 * What one step may hold, told by the scheduler when a worker joins.
 *
 * @param sequencesMax sequences in one step
 * @param prefillTokensMax prompt tokens in one step, so that a long prompt stalls nobody's stream
 */
public record StepBudget(int sequencesMax, int prefillTokensMax) {}
