package io.gondola.scheduler.simulation;

/**
 * How long a simulated worker's step takes: a sum over what is in it.
 *
 * @param fixedNanos of every step
 * @param sequenceNanos for each sequence that decodes
 * @param prefillTokenNanos for each prompt token
 * @param contextTokenNanos for each token that the decoding sequences look back at
 */
public record StepCost(long fixedNanos, long sequenceNanos, long prefillTokenNanos, double contextTokenNanos) {

    public StepCost {
        if (fixedNanos < 1 || sequenceNanos < 0 || prefillTokenNanos < 0 || !(contextTokenNanos >= 0)) {
            throw new IllegalArgumentException("a step takes time, and nothing in it gives time back");
        }
    }

    long nanos(long sequences, long prefillTokens, long contextTokens) {
        return fixedNanos
                + sequences * sequenceNanos
                + prefillTokens * prefillTokenNanos
                + (long) (contextTokens * contextTokenNanos);
    }

    /** The same of a worker that is so many times slower. */
    StepCost slower(int times) {
        return new StepCost(
                fixedNanos * times, sequenceNanos * times, prefillTokenNanos * times, contextTokenNanos * times);
    }
}
