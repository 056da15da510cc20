package io.gondola.worker.runtime;

import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;

/** Where a step loop's messages go. Never blocks. */
interface Outbox {

    void toScheduler(ToScheduler.StepReport report);

    void toGateway(String gatewayId, ToGateway message);
}
