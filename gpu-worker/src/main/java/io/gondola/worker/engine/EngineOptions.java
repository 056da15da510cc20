package io.gondola.worker.engine;

/**
 * How large an engine builds its KV cache, and how many threads it computes with.
 *
 * @param slots sequences that can be aboard at once
 * @param contextTokensMax the most tokens of one sequence; 0 takes the model's own maximum, a larger number than that
 *     is refused
 * @param threads that compute inside one operation; 0 takes all processors. TensorFlow has one pool for all models of a
 *     process, as large as the first of them asked
 * @param precision of the matrices
 */
public record EngineOptions(int slots, int contextTokensMax, int threads, Precision precision) {

    /** Beyond this a number is surely a mistake. */
    public static final int SLOTS_MAX = 4096;

    public static final int THREADS_MAX = 1024;

    public EngineOptions {
        if (slots < 1 || slots > SLOTS_MAX) {
            throw new IllegalArgumentException("slots must be 1 to " + SLOTS_MAX + ": " + slots);
        }
        if (contextTokensMax < 0) {
            throw new IllegalArgumentException("contextTokensMax must not be negative: " + contextTokensMax);
        }
        if (threads < 0 || threads > THREADS_MAX) {
            throw new IllegalArgumentException("threads must be 0 to " + THREADS_MAX + ": " + threads);
        }
    }

    /** The model's own context, all processors, single precision. */
    public static EngineOptions ofSlots(int slots) {
        return new EngineOptions(slots, 0, 0, Precision.F32);
    }

    public EngineOptions withPrecision(Precision newPrecision) {
        return new EngineOptions(slots, contextTokensMax, threads, newPrecision);
    }

    public EngineOptions withSlots(int newSlots) {
        return new EngineOptions(newSlots, contextTokensMax, threads, precision);
    }
}
