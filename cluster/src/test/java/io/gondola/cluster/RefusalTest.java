package io.gondola.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.wire.WireCodec;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who was there first says what a model is. */
class RefusalTest {

    private static final ClusterMember GATEWAY = member("gateway-1", Role.GATEWAY, new ModelClaim("m", "t1", ""));
    private static final ClusterMember OLD = member("worker-1", Role.WORKER, new ModelClaim("m", "t1", "w1"));
    private static final ClusterMember SAME = member("worker-2", Role.WORKER, new ModelClaim("m", "t1", "w1"));
    private static final ClusterMember NEW = member("worker-3", Role.WORKER, new ModelClaim("m", "t1", "w2"));

    private static ClusterMember member(String nodeId, Role role, ModelClaim... claims) {
        return new ClusterMember(nodeId, role, WireCodec.VERSION, List.of(claims), "h", 1, false);
    }

    private static List<String> refused(ClusterMember... members) {
        return Refusal.among(WireCodec.VERSION, List.of(members)).stream()
                .map(Refusal::nodeId)
                .toList();
    }

    @Test
    void whatBelongsTogetherIsTaken() {
        assertThat(refused(GATEWAY, OLD, SAME)).isEmpty();
    }

    @Test
    void otherWeightsAreRefusedAndToldFromWhom() {
        assertThat(Refusal.among(WireCodec.VERSION, List.of(OLD, NEW, SAME)))
                .singleElement()
                .satisfies(refusal -> {
                    assertThat(refusal.nodeId()).isEqualTo("worker-3");
                    assertThat(refusal.model()).isEqualTo("m");
                    assertThat(refusal.reason()).contains("w2").contains("w1").contains("worker-1");
                });
    }

    @Test
    void whenTheOldOnesAreGoneTheNewOnesAreTheModel() {
        assertThat(refused(NEW)).isEmpty();
        assertThat(refused(NEW, OLD)).containsExactly("worker-1");
    }

    @Test
    void aGatewayOfAnotherTokenizerIsRefusedWhoeverCameFirst() {
        ClusterMember other = member("gateway-2", Role.GATEWAY, new ModelClaim("m", "t2", ""));
        assertThat(refused(other, OLD)).containsExactly("gateway-2");
        assertThat(refused(OLD, other, GATEWAY)).containsExactly("gateway-2");
        assertThat(refused(other, GATEWAY)).isEmpty();
    }

    @Test
    void whatAWorkerDoesNotHaveIsNoDifference() {
        ClusterMember bare = member("worker-4", Role.WORKER, new ModelClaim("m", "", "w1"));
        assertThat(refused(OLD, bare, GATEWAY)).isEmpty();
    }

    @Test
    void anotherModelIsAnotherMatter() {
        ClusterMember other = member("worker-5", Role.WORKER, new ModelClaim("n", "t2", "w2"));
        assertThat(refused(OLD, other)).isEmpty();
    }

    @Test
    void aWorkerOfAnotherVersionSetsNothing() {
        ClusterMember next = new ClusterMember(
                "worker-6",
                Role.WORKER,
                WireCodec.VERSION + 1,
                List.of(new ModelClaim("m", "t1", "w2")),
                "h",
                1,
                false);
        assertThat(refused(next, OLD)).containsExactly("worker-6");
    }
}
