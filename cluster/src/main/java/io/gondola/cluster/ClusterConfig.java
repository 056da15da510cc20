package io.gondola.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an operator says about a process's place in its cluster.
 *
 * @param clusterName processes of one name find each other
 * @param members where schedulers are, as {@code host:port}; empty where {@code dns} says it
 * @param dns a name with an address record for each scheduler; empty where {@code members} say it
 * @param dnsPort the port of Hazelcast at each of these
 * @param host the address that Hazelcast and the event bus listen at
 * @param publicHost the address that others reach this process by
 * @param clusterPort the port of Hazelcast
 * @param busPort the port of the event bus
 * @param tls null: the event bus is neither encrypted nor authenticated
 */
public record ClusterConfig(
        String clusterName,
        List<String> members,
        String dns,
        int dnsPort,
        String host,
        String publicHost,
        int clusterPort,
        int busPort,
        @Nullable BusTls tls) {

    public ClusterConfig {
        members = List.copyOf(members);
    }

    /**
     * Who this process is and whom it believes: files in PEM.
     *
     * @param certificate of this process
     * @param key its private key
     * @param authority whose certificates are believed
     */
    public record BusTls(String certificate, String key, String authority) {}
}
