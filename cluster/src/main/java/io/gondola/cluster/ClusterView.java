package io.gondola.cluster;

import io.gondola.protocol.wire.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who is there and who owns which queue, at one moment, as this process sees it. It tells where an address of the event
 * bus leads: the names say it all, so a message never waits for a look-up that a dying member would have to answer.
 *
 * @param wireVersion the form of the messages that this process speaks
 * @param members by node id
 * @param owners the scheduler of each queue; none where no scheduler is there
 * @param refusals who has something else under a model's name than those who were there first
 */
public record ClusterView(
        int wireVersion, Map<String, ClusterMember> members, Map<String, String> owners, List<Refusal> refusals) {

    /** Before anything is known. */
    static ClusterView empty(int wireVersion) {
        return new ClusterView(wireVersion, Map.of(), Map.of(), List.of());
    }

    public ClusterView {
        members = Map.copyOf(members);
        owners = Map.copyOf(owners);
        refusals = List.copyOf(refusals);
    }

    /** Whether its messages can be read here. */
    public boolean isUnderstood(ClusterMember member) {
        return member.speaks(wireVersion);
    }

    /** The node that owns a queue. */
    public @Nullable String tryOwner(String queue) {
        return owners.get(queue);
    }

    /** Whether nothing is exchanged with this process about this model. */
    public boolean isRefused(String nodeId, String model) {
        return refusals.stream()
                .anyMatch(refusal ->
                        refusal.nodeId().equals(nodeId) && refusal.model().equals(model));
    }

    /**
     * The nodes that an address leads to from {@code self}, in the order of their names. A process of another version is
     * none, and whoever is refused for a model reaches nobody about it.
     */
    List<String> nodes(String address, String self) {
        Route route = Route.of(address);
        return switch (route.kind()) {
            case NODE -> present(route.name());
            case OWNER -> owner(route.name(), self);
            case GATEWAYS -> listeners(Role.GATEWAY, null);
            case REPOSITORY_WORKERS -> listeners(Role.WORKER, route.name());
            case OWNER_LISTENERS -> ownerListeners(route.name());
            case UNKNOWN -> List.of();
        };
    }

    private List<String> present(@Nullable String nodeId) {
        ClusterMember member = nodeId == null ? null : members.get(nodeId);
        return member != null && isUnderstood(member) ? List.of(member.nodeId()) : List.of();
    }

    /** {@code MODEL}, or {@code MODEL@EPOCH} for one life of an owner: a model's name may hold an @ too. */
    private List<String> owner(String queue, String self) {
        int at = queue.lastIndexOf('@');
        String model = owners.containsKey(queue) || at < 0 ? queue : queue.substring(0, at);
        return isRefused(self, model) ? List.of() : present(owners.get(model));
    }

    private List<String> ownerListeners(String model) {
        List<String> nodes = new ArrayList<>(listeners(Role.GATEWAY, model));
        nodes.addAll(listeners(Role.WORKER, model));
        return nodes;
    }

    private List<String> listeners(Role role, @Nullable String model) {
        return new TreeMap<>(members)
                .values().stream()
                        .filter(member -> member.role() == role && isUnderstood(member))
                        .filter(member -> model == null || (member.has(model) && !isRefused(member.nodeId(), model)))
                        .map(ClusterMember::nodeId)
                        .toList();
    }
}
