package io.gondola.scheduler.core;

import io.gondola.protocol.ToScheduler;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/** What the core is told. */
public sealed interface SchedulerEvent {

    /** A message about the core's model came in. */
    record Received(ToScheduler message) implements SchedulerEvent {}

    /**
     * A gateway is known to be gone: its process left the cluster.
     *
     * @param gatewayId one gateway, or a process and with it all of its gateways
     */
    record GatewayLost(String gatewayId) implements SchedulerEvent {}

    /**
     * Who there is to hear, as the cluster's membership knows it: an owner that has heard them all knows all that runs.
     *
     * @param workerIds all processes that have the model, or are loading it
     */
    record WorkersPresent(Set<String> workerIds) implements SchedulerEvent {
        public WorkersPresent {
            // Sorted: the order of Set.copyOf differs from JVM to JVM, and a trace must not.
            workerIds = Collections.unmodifiableSet(new TreeSet<>(workerIds));
        }
    }

    /** Nothing happened but time: what is due by now is due. */
    record TimePassed() implements SchedulerEvent {}
}
