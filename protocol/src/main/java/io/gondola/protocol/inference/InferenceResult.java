package io.gondola.protocol.inference;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of one inference.
 *
 * @param id the inference
 * @param version of the model that computed it
 * @param outputs what it gave; empty with a failure
 * @param failure why it gave nothing; null when it did
 * @param queueNanos from its arrival at the scheduler to its batch's departure
 * @param computeNanos of the runs it took part in
 * @param batchRows rows of the run that gave it, its own included
 */
public record InferenceResult(
        InferenceId id,
        long version,
        List<Tensor> outputs,
        @Nullable InferenceFailure failure,
        long queueNanos,
        long computeNanos,
        long batchRows) {

    public InferenceResult {
        outputs = List.copyOf(outputs);
    }

    /** A failure that no run came to. */
    public static InferenceResult failed(InferenceId id, long version, InferenceFailure failure) {
        return new InferenceResult(id, version, List.of(), failure, 0, 0, 0);
    }
}
