package io.gondola.gateway;

/** Makes {@link GatewayLimits} that differ from the defaults in a few names. */
public final class GatewayLimitsBuilder {

    private int bodyBytesMax = 4 * 1024 * 1024;
    private int headerBytesMax = 16 * 1024;
    private int initialLineBytesMax = 8 * 1024;
    private int connectionsMax = 20_000;
    private int generationsOpenMax = 20_000;
    private int attemptsMax = 4;
    private long acceptTimeoutMillis = 10_000;
    private long requestTimeoutMillis = 300_000;
    private long heartbeatMillis = 10_000;
    private long stallMillis = 30_000;
    private long idleMillis = 75_000;
    private long bodyMillis = 60_000;
    private int writeQueueBytesMax = 64 * 1024;
    private int inlineBodyBytesMax = 16 * 1024;
    private int textThreads = 2;
    private int textQueueMax = 256;

    GatewayLimitsBuilder() {}

    public GatewayLimitsBuilder bodyBytesMax(int value) {
        bodyBytesMax = value;
        return this;
    }

    public GatewayLimitsBuilder headerBytesMax(int value) {
        headerBytesMax = value;
        return this;
    }

    public GatewayLimitsBuilder initialLineBytesMax(int value) {
        initialLineBytesMax = value;
        return this;
    }

    public GatewayLimitsBuilder connectionsMax(int value) {
        connectionsMax = value;
        return this;
    }

    public GatewayLimitsBuilder generationsOpenMax(int value) {
        generationsOpenMax = value;
        return this;
    }

    public GatewayLimitsBuilder attemptsMax(int value) {
        attemptsMax = value;
        return this;
    }

    public GatewayLimitsBuilder acceptTimeoutMillis(long value) {
        acceptTimeoutMillis = value;
        return this;
    }

    public GatewayLimitsBuilder requestTimeoutMillis(long value) {
        requestTimeoutMillis = value;
        return this;
    }

    public GatewayLimitsBuilder heartbeatMillis(long value) {
        heartbeatMillis = value;
        return this;
    }

    public GatewayLimitsBuilder stallMillis(long value) {
        stallMillis = value;
        return this;
    }

    public GatewayLimitsBuilder idleMillis(long value) {
        idleMillis = value;
        return this;
    }

    public GatewayLimitsBuilder bodyMillis(long value) {
        bodyMillis = value;
        return this;
    }

    public GatewayLimitsBuilder writeQueueBytesMax(int value) {
        writeQueueBytesMax = value;
        return this;
    }

    public GatewayLimitsBuilder inlineBodyBytesMax(int value) {
        inlineBodyBytesMax = value;
        return this;
    }

    public GatewayLimitsBuilder textThreads(int value) {
        textThreads = value;
        return this;
    }

    public GatewayLimitsBuilder textQueueMax(int value) {
        textQueueMax = value;
        return this;
    }

    /** The limits; throws {@link IllegalArgumentException} where one is not above 0. */
    public GatewayLimits build() {
        return new GatewayLimits(
                bodyBytesMax,
                headerBytesMax,
                initialLineBytesMax,
                connectionsMax,
                generationsOpenMax,
                attemptsMax,
                acceptTimeoutMillis,
                requestTimeoutMillis,
                heartbeatMillis,
                stallMillis,
                idleMillis,
                bodyMillis,
                writeQueueBytesMax,
                inlineBodyBytesMax,
                textThreads,
                textQueueMax);
    }
}
