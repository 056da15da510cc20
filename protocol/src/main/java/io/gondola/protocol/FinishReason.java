package io.gondola.protocol;

/** Why a sequence ended. The wire carries the ordinal: append, never reorder. */
public enum FinishReason {
    /** The model gave one of the stop tokens, which is not part of the output. */
    STOP,
    /** The output reached {@link GenerationRequest#maxTokens()}. */
    LENGTH,
    /** It was revoked: the client went away, or the gateway has all it wants (a stop string). */
    CANCELLED,
    /** The request's deadline passed while it was running. */
    DEADLINE,
    /** The engine could not go on with it. */
    ERROR
}
