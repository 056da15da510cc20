package io.gondola.worker.engine;

import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import java.util.List;

/**
 * A loaded model that takes tensors. Any number of threads may run it at the same time; a run may take long, so never an
 * event loop.
 */
public interface TensorEngine extends AutoCloseable {

    /** What it computes with, by Triton's names for platforms. */
    String platform();

    /** The ways to call it, the default first. */
    List<Signature> signatures();

    /** Whether the first dimensions of its inputs and outputs may be one and the same, as far as the model says. */
    default boolean mayHaveBatchDimension() {
        return true;
    }

    /**
     * Computes one batch.
     *
     * @param signature name of one of {@link #signatures()}
     * @param inputs of it, of the right types; whether their shapes suit is for the model to say
     * @param outputs names of those wanted; none are missing from the signature
     * @return the outputs in this order
     * @throws EngineException when the model failed, in words fit for a client
     */
    List<Tensor> run(String signature, List<JoinedInput> inputs, List<String> outputs) throws EngineException;

    /** Frees native memory. No call may follow, and none may be running. */
    @Override
    void close();
}
