package io.gondola.worker.runtime;

import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;

/** Where a worker's messages go. Never blocks. */
interface Outbox {

    void toScheduler(String model, ToScheduler message);

    void toGateway(String gatewayId, ToGateway message);
}
