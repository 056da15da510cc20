package io.gondola.protocol.wire;

/**
 * The event-bus addresses. The bus carries {@link io.vertx.core.buffer.Buffer}s in wire form and nothing else, also
 * within one JVM: there is one path, so every run exercises the codec.
 */
public final class Addresses {

    private Addresses() {}

    /** The owner of a model's queue. */
    public static String scheduler(String model) {
        return "gondola.scheduler." + model;
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
}
