package io.gondola.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.NodeNames;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.Route;
import io.gondola.protocol.wire.WireCodec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Where addresses lead, told from names alone. */
class ClusterViewTest {

    private static final ClusterMember GATEWAY = member("gateway-1", Role.GATEWAY, "a", "b@c");
    private static final ClusterMember SCHEDULER = member("scheduler-1", Role.SCHEDULER);
    private static final ClusterMember WORKER = member("worker-1", Role.WORKER, "a");
    private static final ClusterMember OTHER_VERSION =
            new ClusterMember("worker-2", Role.WORKER, WireCodec.VERSION + 1, claims("a"), "h", 2, false);

    private final ClusterView view = new ClusterView(
            WireCodec.VERSION,
            Stream.of(GATEWAY, SCHEDULER, WORKER, OTHER_VERSION)
                    .collect(Collectors.toMap(ClusterMember::nodeId, member -> member)),
            Map.of("a", "scheduler-1", "b@c", "scheduler-1", Route.inferenceQueue(), "scheduler-1"),
            List.of());

    private static ClusterMember member(String nodeId, Role role, String... models) {
        return new ClusterMember(nodeId, role, WireCodec.VERSION, claims(models), "127.0.0.1", 1, false);
    }

    private static List<ModelClaim> claims(String... models) {
        return Arrays.stream(models)
                .map(model -> new ModelClaim(model, "t", "w"))
                .toList();
    }

    private List<String> nodes(String address) {
        return view.nodes(address, "scheduler-1");
    }

    @Test
    void whatAProcessRunsIsWhereItsNameSays() {
        assertThat(nodes(Addresses.worker("worker-1"))).containsExactly("worker-1");
        assertThat(nodes(Addresses.gateway(NodeNames.idOn("gateway-1", "x.y~z"))))
                .containsExactly("gateway-1");
        assertThat(nodes(Addresses.inferenceGateway(NodeNames.idOn("gateway-1", "1"))))
                .containsExactly("gateway-1");
        assertThat(nodes(Addresses.gateway(NodeNames.idOn("gateway-9", "1")))).isEmpty();
    }

    @Test
    void aQueueIsWhereItsOwnerIs() {
        assertThat(nodes(Addresses.scheduler("a"))).containsExactly("scheduler-1");
        assertThat(nodes(Addresses.inferenceScheduler())).containsExactly("scheduler-1");
        assertThat(nodes(Addresses.scheduler("b"))).isEmpty();
    }

    @Test
    void oneLifeOfAnOwnerIsWhereTheOwnerIs() {
        assertThat(nodes(Addresses.scheduler("a") + "@1f")).containsExactly("scheduler-1");
        assertThat(nodes(Addresses.scheduler("b@c"))).containsExactly("scheduler-1");
        assertThat(nodes(Addresses.scheduler("b@c") + "@1f")).containsExactly("scheduler-1");
    }

    @Test
    void whoHasTheModelHearsOfItsOwner() {
        assertThat(nodes("gondola.owner.a")).containsExactlyInAnyOrder("gateway-1", "worker-1");
        assertThat(nodes("gondola.owner.b@c")).containsExactly("gateway-1");
        assertThat(nodes(Addresses.inferenceGateways())).containsExactly("gateway-1");
    }

    @Test
    void nothingLeadsToAnotherVersionOrElsewhere() {
        assertThat(nodes(Addresses.worker("worker-2"))).isEmpty();
        assertThat(nodes("__vertx.reply.1")).isEmpty();
    }

    @Test
    void whoIsRefusedReachesNobodyAboutThatModel() {
        ClusterView refusing = new ClusterView(
                WireCodec.VERSION,
                view.members(),
                view.owners(),
                List.of(new Refusal("worker-1", "a", "other weights")));
        assertThat(refusing.nodes(Addresses.scheduler("a"), "worker-1")).isEmpty();
        assertThat(refusing.nodes(Addresses.scheduler("a") + "@1f", "worker-1")).isEmpty();
        assertThat(refusing.nodes(Addresses.scheduler("b@c"), "worker-1")).containsExactly("scheduler-1");
        assertThat(refusing.nodes(Addresses.scheduler("a"), "gateway-1")).containsExactly("scheduler-1");
        assertThat(refusing.nodes("gondola.owner.a", "scheduler-1")).containsExactly("gateway-1");
    }

    @Test
    void aMemberIsReadAsItWasWritten() {
        for (ClusterMember member : List.of(GATEWAY, SCHEDULER, OTHER_VERSION)) {
            assertThat(ClusterMember.tryRead(member.toAttributes()::get)).isEqualTo(member);
        }
        assertThat(ClusterMember.tryRead(name -> null)).isNull();
        assertThat(ClusterMember.tryRead(name -> "nonsense")).isNull();
    }
}
