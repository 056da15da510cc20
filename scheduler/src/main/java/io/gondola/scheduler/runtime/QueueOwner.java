package io.gondola.scheduler.runtime;

import io.vertx.core.Future;
import java.util.Set;

/** One life of an owner of queues: of those of generations, or of those of inferences. Any thread. */
public interface QueueOwner {

    /** A gateway's process left the cluster: what its event loops waited for ends. */
    void onGatewayLost(String nodeId);

    /** A worker's process left the cluster: what it had goes on elsewhere. */
    void onWorkerLost(String workerId);

    /** The workers that are there now, of every queue kept here. */
    void onWorkersPresent(Set<String> workerIds);

    /** Stops taking messages; what waits is forgotten. Safe to call again. */
    Future<Void> close();
}
