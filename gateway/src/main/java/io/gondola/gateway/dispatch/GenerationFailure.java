package io.gondola.gateway.dispatch;

import io.gondola.protocol.Rejection;

/** Why a client request will not be answered in full. */
public sealed interface GenerationFailure {

    /** The scheduler refused it. */
    record Rejected(Rejection rejection) implements GenerationFailure {}

    /** The engine could not go on. @param message what happened, in words fit for a client */
    record EngineFailed(String message) implements GenerationFailure {}

    /** The deadline passed, in the queue or during generation. */
    record DeadlinePassed() implements GenerationFailure {}

    /** No scheduler answered in time. */
    record Unanswered(long timeoutMillis) implements GenerationFailure {}

    /** Worker after worker was lost. */
    record AttemptsExhausted(int attempts) implements GenerationFailure {}

    /** The gateway is closing. */
    record Closing() implements GenerationFailure {}

    /** A fault in the gateway itself. */
    record Internal() implements GenerationFailure {}
}
