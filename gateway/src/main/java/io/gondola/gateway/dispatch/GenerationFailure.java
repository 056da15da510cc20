package io.gondola.gateway.dispatch;

import io.gondola.protocol.Rejection;
import io.gondola.protocol.WaitReason;

/** Why a client request will not be answered in full. */
public sealed interface GenerationFailure {

    /** What it waited for in the queue until it was refused; {@link WaitReason#NONE} where that is not why it failed. */
    default WaitReason waitReason() {
        return WaitReason.NONE;
    }

    /** The scheduler refused it. */
    record Rejected(Rejection rejection) implements GenerationFailure {
        @Override
        public WaitReason waitReason() {
            return rejection.waitReason();
        }
    }

    /** The engine could not go on. @param message what happened, in words fit for a client */
    record EngineFailed(String message) implements GenerationFailure {}

    /** The deadline passed. @param waitReason what it waited for in the queue; none where it passed later */
    record DeadlinePassed(WaitReason waitReason) implements GenerationFailure {}

    /** No scheduler answered in time. */
    record Unanswered(long timeoutMillis) implements GenerationFailure {}

    /** Worker after worker was lost. */
    record AttemptsExhausted(int attempts) implements GenerationFailure {}

    /** The gateway is closing. */
    record Closing() implements GenerationFailure {}

    /** A fault in the gateway itself. */
    record Internal() implements GenerationFailure {}
}
