package io.gondola.standalone.bench;

import java.util.List;

/**
 * What a {@link LoadClient} does, as one line of JSON. Connection {@code i} sends request {@code i} of the list, over and
 * over, from the beginning of the list where there are more connections than requests.
 *
 * @param port at 127.0.0.1
 * @param requests whole HTTP requests, head and body
 * @param expectedHashes for each request what {@link LoadResult#textHashes} must have; empty: not looked at
 * @param connections kept alive, one request at a time on each
 * @param ratePerSecond requests a second in all, evenly spaced; 0: each connection sends when it was answered
 * @param seconds after which the load stops
 * @param requestsMax requests sent after which the load stops; at most this many are sent in all
 */
public record LoadPlan(
        int port,
        List<String> requests,
        List<Long> expectedHashes,
        int connections,
        double ratePerSecond,
        double seconds,
        long requestsMax) {

    public static final int CONNECTIONS_MAX = 20_000;
    static final double SECONDS_MAX = 600;

    public LoadPlan {
        requests = List.copyOf(requests);
        expectedHashes = List.copyOf(expectedHashes);
        if (requests.isEmpty() || connections < 1 || connections > CONNECTIONS_MAX || requestsMax < 1) {
            throw new IllegalArgumentException(
                    requests.size() + " requests, " + connections + " connections, " + requestsMax + " to be sent");
        }
        if (!(seconds > 0 && seconds <= SECONDS_MAX) || !(ratePerSecond >= 0)) {
            throw new IllegalArgumentException(seconds + " s at " + ratePerSecond + " a second");
        }
        if (!expectedHashes.isEmpty() && expectedHashes.size() != requests.size()) {
            throw new IllegalArgumentException(requests.size() + " requests, " + expectedHashes.size() + " hashes");
        }
    }

    /** As fast as the server answers, for so long. */
    static LoadPlan closedLoop(int port, List<String> requests, int connections, double seconds) {
        return new LoadPlan(port, requests, List.of(), connections, 0, seconds, Long.MAX_VALUE);
    }

    /** Each request once on a connection of its own, to the end. */
    static LoadPlan once(int port, List<String> requests, double secondsMax) {
        return new LoadPlan(port, requests, List.of(), requests.size(), 0, secondsMax, requests.size());
    }

    LoadPlan withRate(double newRatePerSecond) {
        return new LoadPlan(port, requests, expectedHashes, connections, newRatePerSecond, seconds, requestsMax);
    }

    LoadPlan withSeconds(double newSeconds) {
        return new LoadPlan(port, requests, expectedHashes, connections, ratePerSecond, newSeconds, requestsMax);
    }

    LoadPlan withExpectedHashes(List<Long> newHashes) {
        return new LoadPlan(port, requests, newHashes, connections, ratePerSecond, seconds, requestsMax);
    }
}
