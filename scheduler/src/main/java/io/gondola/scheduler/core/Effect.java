package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.WaitReason;

/** What the core wants done, in this order. */
public sealed interface Effect {

    /** Send this to a worker. */
    record TellWorker(String workerId, ToWorker message) implements Effect {}

    /** Send this to a gateway. */
    record TellGateway(String gatewayId, ToGateway message) implements Effect {}

    /** A generation left the line for a worker; the message to the worker is an effect of its own. */
    record Boarded(GenerationRef ref, String workerId, long queueWaitNanos, WaitReason waitReason) implements Effect {}

    /** A generation that had been submitted ended here, for good: exactly once each. */
    record Ended(GenerationRef ref, End end) implements Effect {}

    /** How a generation ended for the scheduler. */
    enum End {
        /** Its worker reported its end, whatever the reason. */
        FINISHED,
        /** It was refused, at the door or in the line. */
        REJECTED,
        /** It was cancelled while it waited, or its worker left before confirming the revocation. */
        CANCELLED,
        /** A newer attempt took its place. */
        REPLACED,
        /** Its worker left: the gateway goes on with the next attempt. */
        LOST,
        /** It made room for interactive work: the gateway goes on with the next attempt. */
        PREEMPTED
    }
}
