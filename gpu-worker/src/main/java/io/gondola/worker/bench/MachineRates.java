package io.gondola.worker.bench;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.tensorflow.MatrixRate;

/**
 * What the machine can give, measured just before.
 *
 * @param threads that read and computed
 * @param bytesPerSecond read from memory
 * @param operationsPerSecond multiplications and additions in large products of matrices
 */
public record MachineRates(int threads, double bytesPerSecond, double operationsPerSecond) {

    /** @param threads 0 for all processors */
    public static MachineRates measure(Precision precision, int threads) throws EngineException {
        int used = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        try (TemporaryDirectory scratch = new TemporaryDirectory("gondola-bench-")) {
            return new MachineRates(
                    used,
                    MemoryBandwidth.bytesPerSecond(used),
                    MatrixRate.operationsPerSecond(precision, threads, scratch.path()));
        }
    }
}
