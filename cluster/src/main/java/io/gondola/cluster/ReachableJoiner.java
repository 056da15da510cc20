package io.gondola.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.internal.cluster.impl.TcpIpJoiner;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Hazelcast's way to find others by their addresses, with two things done otherwise. Parts of a cluster look for each other
 * only where somebody listens: Hazelcast waits five seconds for each address, one after another, also of everybody who ever
 * left. And a name stands for all of its addresses: Hazelcast takes those alone that are this process's own.
 */
final class ReachableJoiner extends TcpIpJoiner {

    private final MemberAddresses addresses;
    /** In the last round. */
    private Set<Address> listening = Set.of();

    ReachableJoiner(Node node) {
        super(node);
        addresses = MemberAddresses.of(node.getThisAddress().isIPv6());
    }

    Node node() {
        return node;
    }

    /**
     * Remembers who was there. Of another part only its oldest member answers, which may be a worker that nobody has
     * configured. Hazelcast tells this to its own joiner alone, not to one that extends it.
     */
    MembershipListener memory() {
        return new MembershipListener() {
            @Override
            public void memberAdded(MembershipEvent event) {
                onMemberAdded(event.getMember());
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                onMemberRemoved(event.getMember());
            }
        };
    }

    @Override
    protected Collection<String> getMembers() {
        List<String> resolved = new ArrayList<>();
        super.getMembers().forEach(member -> resolved.addAll(addresses.resolve(member)));
        return resolved;
    }

    /**
     * Of other parts of the cluster: asked for whenever this one, which is the oldest of its part, looks for them. Who did
     * not listen when it looked before may not have joined anybody yet: it would not answer, and Hazelcast wait ten seconds.
     */
    @Override
    public synchronized Collection<Address> getFilteredPossibleAddresses() {
        Collection<Address> now = Listeners.among(super.getFilteredPossibleAddresses());
        List<Address> stillListening = now.stream().filter(listening::contains).toList();
        listening = Set.copyOf(now);
        return stillListening;
    }
}
