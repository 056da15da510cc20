package io.gondola.protocol;

/**
 * What a worker knows of an attempt when its prompt is computed; told once, with the attempt's first chunk.
 *
 * @param cachedTokens tokens of the prompt whose keys and values were there already and were not computed again
 * @param prefillNanos from the attempt's arrival at the worker to that chunk
 * @param queueWait in the scheduler's queue before, as {@link ToWorker.Admit} told it
 */
public record AttemptStart(int cachedTokens, long prefillNanos, QueueWait queueWait) {

    /** An attempt that did not wait. */
    public AttemptStart(int cachedTokens, long prefillNanos) {
        this(cachedTokens, prefillNanos, QueueWait.NONE);
    }
}
