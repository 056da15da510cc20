package io.gondola.cluster;

import com.hazelcast.config.AdvancedNetworkConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Hazelcast as far as it is needed: who is there, and which scheduler owns which partition. No map, no topic, no client
 * and no REST; what is not used is closed.
 */
final class HazelcastSetup {

    /** How often a member says that it lives. */
    static final int HEARTBEAT_SECONDS = 1;
    /**
     * A member that is silent for so long is given up, if its connections have not told before that it is gone. A process
     * that pauses longer joins again by itself; meanwhile what it had goes on elsewhere.
     */
    static final int SILENCE_SECONDS_MAX = 8;
    /**
     * How often the oldest member asks the others whether they have its table of partitions, by a number. Parts of a cluster do
     * not join before, and where the last scheduler was killed they may have different ones; Hazelcast takes 15.
     */
    static final int TABLE_CHECK_SECONDS = 1;
    /** How often the parts of a cluster that was split look for each other. */
    static final int MERGE_SECONDS = 2;
    /**
     * So long an address is looked at where somebody was once: a part of a cluster that was cut off for longer is found
     * again only where one of its schedulers is its oldest member. See {@link ReachableJoiner}.
     */
    static final long REMEMBERED_SECONDS = TimeUnit.DAYS.toSeconds(7);
    /** How long a scheduler that leaves may take to hand over its partitions. */
    static final int LEAVE_SECONDS_MAX = 10;

    private static final Map<String, Object> PROPERTIES = Map.ofEntries(
            Map.entry("hazelcast.logging.type", "slf4j"),
            Map.entry("hazelcast.phone.home.enabled", false),
            Map.entry("hazelcast.shutdownhook.enabled", false),
            Map.entry("hazelcast.health.monitoring.level", "OFF"),
            Map.entry("hazelcast.heartbeat.interval.seconds", HEARTBEAT_SECONDS),
            Map.entry("hazelcast.max.no.heartbeat.seconds", SILENCE_SECONDS_MAX),
            Map.entry("hazelcast.merge.first.run.delay.seconds", MERGE_SECONDS),
            Map.entry("hazelcast.merge.next.run.delay.seconds", MERGE_SECONDS),
            Map.entry("hazelcast.partition.table.send.interval", TABLE_CHECK_SECONDS),
            Map.entry("hazelcast.tcp.join.previously.joined.member.address.retention.seconds", REMEMBERED_SECONDS),
            Map.entry("hazelcast.graceful.shutdown.max.wait", LEAVE_SECONDS_MAX),
            // A member that comes alone need not wait for others that might come too.
            Map.entry("hazelcast.wait.seconds.before.join", 0),
            Map.entry("hazelcast.io.thread.count", 1),
            Map.entry("hazelcast.operation.thread.count", 2),
            Map.entry("hazelcast.operation.generic.thread.count", 2));

    /**
     * What Hazelcast itself sends as Java objects: the states of a cluster, and its exceptions. Without them the parts of a
     * cluster that was split never join again: the refusal of one step is an answer that could not be read.
     */
    private static final String[] OWN_CLASSES = {
        "com.hazelcast.",
        "java.lang.",
        "[Ljava.lang.",
        "java.util.ArrayList",
        "java.util.Collections$",
        "java.util.concurrent."
    };

    private HazelcastSetup() {}

    static Config of(ClusterConfig cluster, ClusterMember self) {
        Config config = new Config();
        config.setClusterName(cluster.clusterName());
        // Only schedulers own partitions: a worker that comes or goes moves no queue.
        config.setLiteMember(self.role() != Role.SCHEDULER);
        self.toAttributes().forEach(config.getMemberAttributeConfig()::setAttribute);
        PROPERTIES.forEach((name, value) -> config.setProperty(name, String.valueOf(value)));
        boolean everywhere = cluster.host().equals("0.0.0.0") || cluster.host().equals("::");
        config.setProperty("hazelcast.socket.bind.any", String.valueOf(everywhere));
        config.setAdvancedNetworkConfig(network(cluster, everywhere));
        config.getMetricsConfig().setEnabled(false);
        JavaSerializationFilterConfig own = new JavaSerializationFilterConfig().setDefaultsDisabled(true);
        own.getWhitelist().addPrefixes(OWN_CLASSES);
        config.getSerializationConfig().setJavaSerializationFilterConfig(own);
        return config;
    }

    /** The advanced form, because it alone leaves out the ports' other protocols: clients, REST, memcache. */
    private static AdvancedNetworkConfig network(ClusterConfig cluster, boolean everywhere) {
        ServerSocketEndpointConfig endpoint = new ServerSocketEndpointConfig()
                .setPort(cluster.clusterPort())
                .setPortAutoIncrement(false)
                .setPublicAddress(cluster.publicHost() + ":" + cluster.clusterPort());
        if (!everywhere) {
            endpoint.getInterfaces().setEnabled(true).addInterface(cluster.host());
        }
        AdvancedNetworkConfig network =
                new AdvancedNetworkConfig().setEnabled(true).setMemberEndpointConfig(endpoint);
        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        // A name is resolved to all of its addresses, and again whenever somebody is looked for.
        List<String> members =
                cluster.dns().isEmpty() ? cluster.members() : List.of(cluster.dns() + ":" + cluster.dnsPort());
        join.getTcpIpConfig().setEnabled(true).setMembers(members).setConnectionTimeoutSeconds(2);
        return network;
    }
}
