package io.gondola.gateway.http;

import io.gondola.gateway.metrics.Outcome;
import io.gondola.gateway.tensors.TensorCall;
import io.gondola.protocol.inference.InferenceResult;

/**
 * Who asks for an inference, whichever API it came by: one request as it is read and answered.
 *
 * @param <T> the request as its API has it
 */
public interface InferenceCaller<T> {

    /** When it came. */
    long arrivedNanos();

    /** Whether an answer can still be given. */
    boolean isAnswerable();

    /** What goes to the scheduler. */
    TensorCall callOf(T request);

    /** Answers; throws {@link io.gondola.gateway.openai.ApiException} where the outputs have no such form. */
    void answer(T request, InferenceResult result);

    /** Answers with an error. */
    void refuse(ErrorReply error);

    /** It is over, and has been counted. Once, before it is answered with an error and after any other answer. */
    void onEnd(Outcome outcome, long nowNanos);
}
