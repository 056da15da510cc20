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
}
