package io.gondola.cluster;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Which scheduler owns which queue: the one that owns the partition of its name. Where that one speaks another version of
 * the messages, another of our version does, so that a release can replace the one before beside it.
 */
final class Ownership {

    private Ownership() {}

    /**
     * @param wireVersion the form of the messages that this process speaks
     * @param partitionOwner the node that owns the partition of a name; any other text where none does
     * @return the owner of each queue; empty where no scheduler is there
     */
    static Map<String, String> owners(
            int wireVersion,
            Collection<String> queues,
            Collection<ClusterMember> members,
            UnaryOperator<String> partitionOwner) {
        List<String> schedulers = members.stream()
                .filter(member -> member.role() == Role.SCHEDULER && member.speaks(wireVersion))
                .map(ClusterMember::nodeId)
                .sorted()
                .collect(Collectors.toList());
        Map<String, String> owners = new HashMap<>();
        if (schedulers.isEmpty()) {
            return owners;
        }
        for (String queue : queues) {
            String owner = partitionOwner.apply(queue);
            owners.put(queue, schedulers.contains(owner) ? owner : substitute(queue, schedulers));
        }
        return owners;
    }

    /** The same one in every process: the greatest of the hashes of queue and name (rendezvous hashing). */
    private static String substitute(String queue, List<String> schedulers) {
        String best = schedulers.get(0);
        for (String scheduler : schedulers) {
            if ((queue + scheduler).hashCode() > (queue + best).hashCode()) {
                best = scheduler;
            }
        }
        return best;
    }
}
