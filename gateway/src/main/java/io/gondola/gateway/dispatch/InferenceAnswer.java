package io.gondola.gateway.dispatch;

import io.gondola.protocol.Rejection;
import io.gondola.protocol.inference.InferenceResult;

/** How an inference ended, as its gateway sees it. */
public sealed interface InferenceAnswer {

    /** The worker's word: outputs, or why there are none. */
    record Result(InferenceResult result) implements InferenceAnswer {}

    /** The scheduler will not run it. */
    record Refused(Rejection rejection) implements InferenceAnswer {}

    /** Its deadline passed. */
    record Late() implements InferenceAnswer {}

    /** No scheduler has been heard of for a while. */
    record Unheard(long silenceMillis) implements InferenceAnswer {}

    /** The gateway closes. */
    record Closing() implements InferenceAnswer {}
}
