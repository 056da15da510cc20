package io.gondola.gateway.limits;

/** Makes {@link GatewayLimits} that differ from the defaults in a few names. */
public final class GatewayLimitsBuilder {

    private int bodyBytesMax = 4 * 1024 * 1024;
    private long bodiesBytesMax = 512L * 1024 * 1024;
    private int headerBytesMax = 16 * 1024;
    private int initialLineBytesMax = 8 * 1024;
    private int connectionsMax = 20_000;
    private int http2StreamsMax = 256;
    private int generationsOpenMax = 20_000;
    private int streamInferencesMax = 128;
    private int attemptsMax = 4;
    private long acceptTimeoutMillis = 10_000;
    private long requestTimeoutMillis = 300_000;
    private long heartbeatMillis = 10_000;
    private long stallMillis = 30_000;
    private long idleMillis = 75_000;
    private long bodyMillis = 60_000;
    private long closeGraceMillis = 5_000;
    private long silentMillis = 1_000;
    private int socketSendBytes = 256 * 1024;
    private int writeQueueBytesMax = 64 * 1024;
    private int inlineBodyBytesMax = 4 * 1024;
    private int textThreads = 2;
    private int textQueueMax = 256;

    GatewayLimitsBuilder() {}

    public GatewayLimitsBuilder bodyBytesMax(int value) {
        bodyBytesMax = value;
        return this;
    }

    public GatewayLimitsBuilder bodiesBytesMax(long value) {
        bodiesBytesMax = value;
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

    public GatewayLimitsBuilder http2StreamsMax(int value) {
        http2StreamsMax = value;
        return this;
    }

    public GatewayLimitsBuilder generationsOpenMax(int value) {
        generationsOpenMax = value;
        return this;
    }

    public GatewayLimitsBuilder streamInferencesMax(int value) {
        streamInferencesMax = value;
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

    public GatewayLimitsBuilder closeGraceMillis(long value) {
        closeGraceMillis = value;
        return this;
    }

    public GatewayLimitsBuilder silentMillis(long value) {
        silentMillis = value;
        return this;
    }

    public GatewayLimitsBuilder socketSendBytes(int value) {
        socketSendBytes = value;
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
                bodiesBytesMax,
                headerBytesMax,
                initialLineBytesMax,
                connectionsMax,
                http2StreamsMax,
                generationsOpenMax,
                streamInferencesMax,
                attemptsMax,
                acceptTimeoutMillis,
                requestTimeoutMillis,
                heartbeatMillis,
                stallMillis,
                idleMillis,
                bodyMillis,
                closeGraceMillis,
                silentMillis,
                socketSendBytes,
                writeQueueBytesMax,
                inlineBodyBytesMax,
                textThreads,
                textQueueMax);
    }
}
