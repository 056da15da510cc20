package io.gondola.worker.engine;

import io.gondola.protocol.ModelDescription;

/**
 * A loaded model that computes one step after another. Called by one thread at a time; a step may take long, so never
 * by an event loop.
 *
 * <p>The engine owns the KV cache: {@link ModelDescription#slots()} rows of {@link
 * ModelDescription#contextTokensMax()} positions. The step loop owns which sequence sits in which slot, and at which
 * position; a slot needs no clearing between sequences, because a row never attends beyond its own position.
 */
public interface InferenceEngine extends AutoCloseable {

    /** What is loaded and how much fits. */
    ModelDescription describe();

    /**
     * Computes one forward pass over all rows, writes their keys and values into the cache, and draws tokens for the
     * rows that ask.
     *
     * <p>A row's result depends on that row alone, never on its batch mates: to the last bit where products are of bytes,
     * and save the rounding of sums in floating point, whose order depends on how many rows a product has.
     *
     * @param batch rows of distinct slots
     * @return one result for each row, in the order of the rows
     * @throws EngineException when the step failed as a whole. What it should have written is then undefined, what the
     *     cache held before is not: any of its rows may be computed again
     */
    StepResult step(StepBatch batch) throws EngineException;

    /**
     * A sequence is about to begin in an empty slot: puts there what the cache holds of its first tokens, if anything.
     *
     * @param history the sequence's tokens; the first {@code tokensMax} must not change until the slot is released
     * @param tokensMax how many may come from the cache, at least 0
     * @return how many did; the slot's first row begins at this position
     */
    default int reuse(int slot, int[] history, int tokensMax) {
        return 0;
    }

    /** The sequence in this slot ended well; what it computed may serve others that begin alike. */
    default void releaseForReuse(int slot) {
        release(slot);
    }

    /** The sequence in this slot ended; its cache row may be reused. */
    void release(int slot);

    /** Frees native memory. No call may follow. */
    @Override
    void close();
}
