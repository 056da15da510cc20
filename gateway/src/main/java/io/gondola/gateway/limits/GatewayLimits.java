package io.gondola.gateway.limits;

/**
 * Everything in a gateway that is bounded, by name. A limit that is met is an answer with that name in it, never a
 * queue that grows.
 *
 * @param bodyBytesMax the largest request body: 413 beyond
 * @param bodiesBytesMax bytes of bodies in memory, of all instances together: 503 beyond
 * @param headerBytesMax the largest head of a request: 431 beyond
 * @param initialLineBytesMax the longest request line: 414 beyond
 * @param connectionsMax client connections at once, of all instances together: one more is closed at once
 * @param http2StreamsMax requests at once on one HTTP/2 connection
 * @param generationsOpenMax generations open at once in one instance: 503 beyond
 * @param streamInferencesMax inferences of one gRPC stream that are not yet answered and read; no more are taken from it
 * @param attemptsMax how often in a row one generation is tried and lost before it gave a token
 * @param acceptTimeoutMillis how long the scheduler may take to accept or reject: 503 beyond
 * @param requestTimeoutMillis the deadline of a request that names none: 504 beyond
 * @param heartbeatMillis how long a stream is silent before a comment says that it lives
 * @param stallMillis how long a client may refuse to read what waits for it before it is cut off
 * @param idleMillis how long a connection without an open request is kept
 * @param bodyMillis how long a client may take to send a body: 408 beyond
 * @param closeGraceMillis how long open requests may go on when the gateway closes
 * @param silentMillis how long a connection that has sent nothing yet is kept when the gateway closes
 * @param socketSendBytes what the system buffers of one connection's output
 * @param writeQueueBytesMax bytes that wait for a connection's buffer before more of its text is held back
 * @param inlineBodyBytesMax the largest body that is parsed and tokenised on the event loop
 * @param textThreads threads for larger ones, shared by all instances
 * @param textQueueMax larger ones that may wait for those threads: 503 beyond
 */
public record GatewayLimits(
        int bodyBytesMax,
        long bodiesBytesMax,
        int headerBytesMax,
        int initialLineBytesMax,
        int connectionsMax,
        int http2StreamsMax,
        int generationsOpenMax,
        int streamInferencesMax,
        int attemptsMax,
        long acceptTimeoutMillis,
        long requestTimeoutMillis,
        long heartbeatMillis,
        long stallMillis,
        long idleMillis,
        long bodyMillis,
        long closeGraceMillis,
        long silentMillis,
        int socketSendBytes,
        int writeQueueBytesMax,
        int inlineBodyBytesMax,
        int textThreads,
        int textQueueMax) {

    public GatewayLimits {
        requirePositive("bodyBytesMax", bodyBytesMax);
        requirePositive("bodiesBytesMax", bodiesBytesMax);
        requirePositive("headerBytesMax", headerBytesMax);
        requirePositive("initialLineBytesMax", initialLineBytesMax);
        requirePositive("connectionsMax", connectionsMax);
        requirePositive("http2StreamsMax", http2StreamsMax);
        requirePositive("generationsOpenMax", generationsOpenMax);
        requirePositive("streamInferencesMax", streamInferencesMax);
        requirePositive("attemptsMax", attemptsMax);
        requirePositive("acceptTimeoutMillis", acceptTimeoutMillis);
        requirePositive("requestTimeoutMillis", requestTimeoutMillis);
        requirePositive("heartbeatMillis", heartbeatMillis);
        requirePositive("stallMillis", stallMillis);
        requirePositive("idleMillis", idleMillis);
        requirePositive("bodyMillis", bodyMillis);
        requirePositive("closeGraceMillis", closeGraceMillis);
        requirePositive("silentMillis", silentMillis);
        requirePositive("socketSendBytes", socketSendBytes);
        requirePositive("writeQueueBytesMax", writeQueueBytesMax);
        requirePositive("inlineBodyBytesMax", inlineBodyBytesMax);
        requirePositive("textThreads", textThreads);
        requirePositive("textQueueMax", textQueueMax);
    }

    /** Limits that suit one node. */
    public static GatewayLimits defaults() {
        return builder().build();
    }

    /** Starts from {@link #defaults()}. */
    public static GatewayLimitsBuilder builder() {
        return new GatewayLimitsBuilder();
    }

    private static void requirePositive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be above 0: " + value);
        }
    }
}
