package io.gondola.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A process that has something else under a model's name than the worker that was there first: for this model nothing is
 * exchanged with it. Everybody comes to the same list, because everybody sees who was first; so it is told on both sides.
 *
 * @param nodeId who is refused
 * @param model the served name
 * @param reason what differs, and from whom
 */
public record Refusal(String nodeId, String model, String reason) {

    /**
     * @param wireVersion the form of the messages that this process speaks
     * @param members oldest first
     */
    static List<Refusal> among(int wireVersion, List<ClusterMember> members) {
        Map<String, ClusterMember> first = new HashMap<>();
        for (ClusterMember member : members) {
            if (member.role() == Role.WORKER && member.speaks(wireVersion)) {
                member.models().forEach(claim -> first.putIfAbsent(claim.name(), member));
            }
        }
        List<Refusal> refusals = new ArrayList<>();
        for (ClusterMember member : members) {
            for (ModelClaim claim : member.models()) {
                ClusterMember reference = first.get(claim.name());
                ModelClaim its = reference == null ? null : claimOf(reference, claim.name());
                String difference = its == null || reference == member ? "" : claim.difference(its);
                if (reference != null && !difference.isEmpty()) {
                    refusals.add(new Refusal(
                            member.nodeId(), claim.name(), difference + " as those of " + reference.nodeId()));
                }
            }
        }
        return refusals;
    }

    private static @Nullable ModelClaim claimOf(ClusterMember member, String model) {
        for (ModelClaim claim : member.models()) {
            if (claim.name().equals(model)) {
                return claim;
            }
        }
        return null;
    }
}
