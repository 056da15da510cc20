package io.gondola.protocol.inference;

/**
 * Why a model gave no result.
 *
 * @param kind whose fault it is
 * @param message what happened, in words fit for a client
 */
public record InferenceFailure(Kind kind, String message) {

    /** The wire carries the ordinal: append, never reorder. */
    public enum Kind {
        /** The request does not fit the model: a wrong name, type or shape. */
        INVALID,
        /** The model failed on it. */
        MODEL_FAILED,
        /** The worker could not run it: it is overloaded, or the model left. */
        UNAVAILABLE
    }
}
