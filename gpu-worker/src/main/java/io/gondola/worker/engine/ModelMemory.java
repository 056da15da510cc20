package io.gondola.worker.engine;

/**
 * What a model needs of the memory, known before any weight is read.
 *
 * @param model the served name
 * @param weightBytes once loaded
 * @param kvBytesMin a KV cache that one sequence of the model's whole context fits into
 * @param kvBytesMax one with room for a whole context in each slot: more is of no use
 */
public record ModelMemory(String model, long weightBytes, long kvBytesMin, long kvBytesMax) {

    public ModelMemory {
        if (weightBytes < 0 || kvBytesMin < 0 || kvBytesMax < kvBytesMin) {
            throw new IllegalArgumentException(
                    model + ": weights " + weightBytes + ", KV cache " + kvBytesMin + " to " + kvBytesMax + " bytes");
        }
    }

    /** Whether there is room for it all. */
    public boolean fits(AvailableMemory available) {
        return available.bytes() - weightBytes >= kvBytesMax;
    }
}
