package io.gondola.gateway.http;

import io.gondola.gateway.tensors.TensorCall;
import io.gondola.protocol.inference.InferenceResult;
import org.jspecify.annotations.Nullable;

/** One way to ask for an inference over HTTP: how its body is read, and how its answer looks. */
interface TensorApi<T> {

    /** Why a request is refused by its head alone; null when it is not. */
    @Nullable
    ErrorReply tryRefuse(Exchange exchange);

    /** Reads a body; throws {@link io.gondola.gateway.openai.ApiException} for a bad one. Also off the event loop. */
    T parse(Exchange exchange, byte[] body);

    /** What goes to the scheduler. */
    TensorCall callOf(T request);

    /** Answers; throws {@link io.gondola.gateway.openai.ApiException} where the outputs have no such form. */
    void answer(Exchange exchange, T request, InferenceResult result);
}
