package io.gondola.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.internal.cluster.Joiner;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * This process's member of Hazelcast, with the three things that Hazelcast's public interface has no way to do: look for
 * others as {@link ReachableJoiner} does, tell when a member was last heard, and give one up.
 */
final class HazelcastNode {

    private final HazelcastInstance instance;
    private final Node node;

    private HazelcastNode(HazelcastInstance instance, Node node) {
        this.instance = instance;
        this.node = node;
    }

    /** Joins, or makes a cluster of one where nobody is there; blocks until it is done. */
    static HazelcastNode join(Config config) {
        AtomicReference<@Nullable ReachableJoiner> made = new AtomicReference<>();
        HazelcastInstance instance = HazelcastInstanceFactory.newHazelcastInstance(
                config, config.getInstanceName(), new DefaultNodeContext() {
                    @Override
                    public Joiner createJoiner(Node node) {
                        ReachableJoiner joiner = new ReachableJoiner(node);
                        made.set(joiner);
                        return joiner;
                    }
                });
        ReachableJoiner joiner = Objects.requireNonNull(made.get(), "Hazelcast asked for no joiner");
        instance.getCluster().addMembershipListener(joiner.memory());
        instance.getCluster().getMembers().forEach(joiner::onMemberAdded);
        return new HazelcastNode(instance, joiner.node());
    }

    HazelcastInstance instance() {
        return instance;
    }

    /** Another number for each heartbeat of a member. */
    long heartbeat(Member member) {
        return node.getClusterService().getClusterHeartbeatManager().getLastHeartbeatTime(member);
    }

    /** As when its heartbeats have not come for the time that Hazelcast allows. It joins again by itself if it lives. */
    void giveUp(Member member, String reason) {
        node.getClusterService().suspectMember(member, reason, true);
    }
}
