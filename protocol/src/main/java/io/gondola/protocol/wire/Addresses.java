package io.gondola.protocol.wire;

import io.gondola.protocol.OwnerWatch;

/**
 * The event-bus addresses. The bus carries {@link io.vertx.core.buffer.Buffer}s in wire form and nothing else, also
 * within one JVM: there is one path, so every run exercises the codec.
 */
public final class Addresses {

    private Addresses() {}

    /** Whoever owns a model's queue. */
    public static String scheduler(String model) {
        return "gondola.scheduler." + model;
    }

    /** One life of an owner; whoever owns the queue where {@code epoch} is {@link OwnerWatch#NOBODY}. */
    public static String scheduler(String model, long epoch) {
        return epoch == OwnerWatch.NOBODY ? scheduler(model) : scheduler(model) + "@" + Long.toHexString(epoch);
    }

    /** Where a model's owner publishes that it lives. */
    public static String ownerAlive(String model) {
        return "gondola.owner." + model;
    }

    /** One gateway event loop. */
    public static String gateway(String gatewayId) {
        return "gondola.gateway." + gatewayId;
    }

    /** One worker, whatever models it has. */
    public static String worker(String workerId) {
        return "gondola.worker." + workerId;
    }

    /**
     * The owner of all queues of inferences. One address for all models, because models come and go with a repository and
     * a request for one that nobody has must find somebody who says so.
     */
    public static String inferenceScheduler() {
        return "gondola.inference.scheduler";
    }

    /** One gateway event loop, as it hears of inferences. */
    public static String inferenceGateway(String gatewayId) {
        return "gondola.inference.gateway." + gatewayId;
    }

    /** Every gateway event loop: what is published for all of them. */
    public static String inferenceGateways() {
        return "gondola.inference.gateways";
    }

    /** One worker of inferences. */
    public static String inferenceWorker(String workerId) {
        return "gondola.inference.worker." + workerId;
    }

    /** Every worker that has a model repository: what is published for all of them. */
    public static String inferenceWorkers() {
        return "gondola.inference.workers";
    }
}
