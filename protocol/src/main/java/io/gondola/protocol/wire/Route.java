package io.gondola.protocol.wire;

import io.gondola.protocol.NodeNames;

/**
 * Where an address of the event bus leads, read from the address alone.
 *
 * @param kind which processes
 * @param name of the process, or of the queue whose owner is meant
 */
public record Route(Kind kind, String name) {

    /** Which processes an address leads to. */
    public enum Kind {
        /** One process. */
        NODE,
        /** The owner of a queue. */
        OWNER,
        /** All that want to hear of a queue's owner: gateways and workers of its model. */
        OWNER_LISTENERS,
        /** All gateways. */
        GATEWAYS,
        /** All workers that have a model repository. */
        REPOSITORY_WORKERS,
        /** None of ours. */
        UNKNOWN
    }

    /**
     * The queue of all inferences, which is owned as that of a model is; workers with a model repository say that they have
     * it. No model has this name.
     */
    public static String inferenceQueue() {
        return "*inferences";
    }

    public static Route of(String address) {
        if (address.equals(Addresses.inferenceScheduler())) {
            return new Route(Kind.OWNER, inferenceQueue());
        }
        if (address.equals(Addresses.inferenceGateways())) {
            return new Route(Kind.GATEWAYS, "");
        }
        if (address.equals(Addresses.inferenceWorkers())) {
            return new Route(Kind.REPOSITORY_WORKERS, inferenceQueue());
        }
        if (address.startsWith(Addresses.scheduler(""))) {
            return new Route(Kind.OWNER, behind(Addresses.scheduler(""), address));
        }
        if (address.startsWith(Addresses.ownerAlive(""))) {
            return new Route(Kind.OWNER_LISTENERS, behind(Addresses.ownerAlive(""), address));
        }
        for (String prefix : new String[] {
            Addresses.gateway(""), Addresses.worker(""), Addresses.inferenceGateway(""), Addresses.inferenceWorker("")
        }) {
            if (address.startsWith(prefix)) {
                return new Route(Kind.NODE, NodeNames.nodeOf(behind(prefix, address)));
            }
        }
        return new Route(Kind.UNKNOWN, "");
    }

    private static String behind(String prefix, String address) {
        return address.substring(prefix.length());
    }
}
