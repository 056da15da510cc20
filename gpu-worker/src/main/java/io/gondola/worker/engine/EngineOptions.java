package io.gondola.worker.engine;

/**
 * How large an engine builds its KV cache, and how it computes.
 *
 * @param slots sequences that can be aboard at once
 * @param contextTokensMax the most tokens of one sequence; 0 takes the model's own maximum, a larger number than that
 *     is refused
 * @param threads that compute; 0 takes all processors
 * @param precision of the matrices
 * @param kvPrecision of the KV cache
 * @param kvBytesMax memory of the KV cache; 0 takes enough for a whole context in each slot
 * @param kvPercent the share of what is free when the model is loaded that its cache may not exceed, and shrinks to; 0
 *     where it is to have {@code kvBytesMax} or none
 * @param device that computes
 */
public record EngineOptions(
        int slots,
        int contextTokensMax,
        int threads,
        Precision precision,
        KvPrecision kvPrecision,
        long kvBytesMax,
        int kvPercent,
        Device device) {

    /** Beyond this a number is surely a mistake. */
    public static final int SLOTS_MAX = 16_384;

    public static final int THREADS_MAX = 1024;

    public EngineOptions {
        if (slots < 1 || slots > SLOTS_MAX) {
            throw new IllegalArgumentException("slots must be 1 to " + SLOTS_MAX + ": " + slots);
        }
        if (contextTokensMax < 0 || kvBytesMax < 0) {
            throw new IllegalArgumentException(
                    "contextTokensMax and kvBytesMax must not be negative: " + contextTokensMax + ", " + kvBytesMax);
        }
        if (kvPercent < 0 || kvPercent > 100) {
            throw new IllegalArgumentException("kvPercent must be 0 to 100: " + kvPercent);
        }
        if (threads < 0 || threads > THREADS_MAX) {
            throw new IllegalArgumentException("threads must be 0 to " + THREADS_MAX + ": " + threads);
        }
    }

    /** The model's own context for each slot, all processors and no GPU, single precision. */
    public static EngineOptions ofSlots(int slots) {
        return new EngineOptions(slots, 0, 0, Precision.F32, KvPrecision.F32, 0, 0, Device.CPU);
    }

    public EngineOptions withSlots(int newSlots) {
        return new EngineOptions(
                newSlots, contextTokensMax, threads, precision, kvPrecision, kvBytesMax, kvPercent, device);
    }

    /** The most tokens of one sequence. */
    public EngineOptions withContextTokensMax(int newMax) {
        return new EngineOptions(slots, newMax, threads, precision, kvPrecision, kvBytesMax, kvPercent, device);
    }

    public EngineOptions withThreads(int newThreads) {
        return new EngineOptions(
                slots, contextTokensMax, newThreads, precision, kvPrecision, kvBytesMax, kvPercent, device);
    }

    public EngineOptions withPrecision(Precision newPrecision) {
        return new EngineOptions(
                slots, contextTokensMax, threads, newPrecision, kvPrecision, kvBytesMax, kvPercent, device);
    }

    public EngineOptions withKvPrecision(KvPrecision newPrecision) {
        return new EngineOptions(
                slots, contextTokensMax, threads, precision, newPrecision, kvBytesMax, kvPercent, device);
    }

    /** Memory of the KV cache. */
    public EngineOptions withKvBytesMax(long newMax) {
        return new EngineOptions(slots, contextTokensMax, threads, precision, kvPrecision, newMax, kvPercent, device);
    }

    /** The share of what is free when the model is loaded that the KV cache shrinks to. */
    public EngineOptions withKvPercent(int newPercent) {
        return new EngineOptions(
                slots, contextTokensMax, threads, precision, kvPrecision, kvBytesMax, newPercent, device);
    }

    public EngineOptions withDevice(Device newDevice) {
        return new EngineOptions(
                slots, contextTokensMax, threads, precision, kvPrecision, kvBytesMax, kvPercent, newDevice);
    }
}
