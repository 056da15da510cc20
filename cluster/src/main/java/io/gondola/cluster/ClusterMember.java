package io.gondola.cluster;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a process tells all others about itself, as attributes of its membership: they come with the first word of it, so
 * nothing has to be looked up.
 *
 * @param nodeId its name, one for each life of a process; stands before the {@code ~} in the names of what it runs
 * @param role what it does
 * @param wireVersion the form of the messages it understands
 * @param models what it has; none for a scheduler
 * @param busHost where its event bus is
 * @param busPort and at which port
 * @param busEncrypted whether it speaks TLS there
 */
public record ClusterMember(
        String nodeId,
        Role role,
        int wireVersion,
        List<ModelClaim> models,
        String busHost,
        int busPort,
        boolean busEncrypted) {

    private static final String NODE = "gondola.node";
    private static final String ROLE = "gondola.role";
    private static final String WIRE = "gondola.wire";
    private static final String MODELS = "gondola.models";
    private static final String BUS_HOST = "gondola.bus.host";
    private static final String BUS_PORT = "gondola.bus.port";
    private static final String BUS_ENCRYPTED = "gondola.bus.encrypted";
    /** No claim holds one. */
    private static final String SEPARATOR = ",";

    public ClusterMember {
        models = List.copyOf(models);
    }

    /** Whether these two can read each other's messages. */
    boolean speaks(int otherWireVersion) {
        return wireVersion == otherWireVersion;
    }

    /** Whether it has something under this name. */
    public boolean has(String model) {
        return models.stream().anyMatch(claim -> claim.name().equals(model));
    }

    private static List<ModelClaim> claims(String text) {
        return text.isEmpty()
                ? List.of()
                : Arrays.stream(text.split(SEPARATOR)).map(ModelClaim::parse).toList();
    }

    Map<String, String> toAttributes() {
        return Map.of(
                NODE, nodeId,
                ROLE, role.name(),
                WIRE, String.valueOf(wireVersion),
                MODELS, models.stream().map(ModelClaim::toText).collect(Collectors.joining(SEPARATOR)),
                BUS_HOST, busHost,
                BUS_PORT, String.valueOf(busPort),
                BUS_ENCRYPTED, String.valueOf(busEncrypted));
    }

    /** Null for a member that is none of ours, or of a release that said this otherwise. */
    static @Nullable ClusterMember tryRead(Function<String, @Nullable String> attribute) {
        String nodeId = attribute.apply(NODE);
        String models = attribute.apply(MODELS);
        String busHost = attribute.apply(BUS_HOST);
        try {
            if (nodeId == null || models == null || busHost == null) {
                return null;
            }
            return new ClusterMember(
                    nodeId,
                    Role.valueOf(String.valueOf(attribute.apply(ROLE))),
                    Integer.parseInt(String.valueOf(attribute.apply(WIRE))),
                    claims(models),
                    busHost,
                    Integer.parseInt(String.valueOf(attribute.apply(BUS_PORT))),
                    Boolean.parseBoolean(attribute.apply(BUS_ENCRYPTED)));
        } catch (IllegalArgumentException unreadable) {
            return null;
        }
    }
}
