package io.gondola.scheduler.core;

import io.gondola.protocol.Fenced;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.OwnerAlive;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.WaitReason;

/** What the core wants done, in this order. */
public sealed interface Effect {

    /** Send this to a worker. */
    record TellWorker(String workerId, Fenced fenced) implements Effect {

        public ToWorker message() {
            return fenced.message();
        }
    }

    /** Tell all gateways and workers of the model that its owner lives. */
    record TellAll(OwnerAlive alive) implements Effect {}

    /** Send this to a gateway. */
    record TellGateway(String gatewayId, ToGateway message) implements Effect {}

    /** A generation left the line for a worker; the message to the worker is an effect of its own. */
    record Boarded(GenerationRef ref, String workerId, long queueWaitNanos, WaitReason waitReason) implements Effect {}

    /** A generation that this owner had not let aboard is aboard a worker, as that says. */
    record Adopted(GenerationRef ref, String workerId) implements Effect {}

    /** Nothing was heard of a worker for too long: what it had is lost. */
    record WorkerSilent(String workerId) implements Effect {}

    /** Nothing was heard of a gateway for too long: nobody waits for what it had. */
    record GatewaySilent(String gatewayId) implements Effect {}

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
