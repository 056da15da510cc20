package io.gondola.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.wire.WireCodec;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class OwnershipTest {

    private static ClusterMember scheduler(String nodeId, int version) {
        return new ClusterMember(nodeId, Role.SCHEDULER, version, List.of(), "h", 1, false);
    }

    private static final ClusterMember ONE = scheduler("scheduler-1", WireCodec.VERSION);
    private static final ClusterMember TWO = scheduler("scheduler-2", WireCodec.VERSION);
    private static final ClusterMember NEXT_RELEASE = scheduler("scheduler-3", WireCodec.VERSION + 1);
    private static final ClusterMember WORKER = new ClusterMember(
            "worker-1", Role.WORKER, WireCodec.VERSION, List.of(new ModelClaim("a", "", "")), "h", 1, false);

    private static Map<String, String> owners(
            List<String> queues, List<ClusterMember> members, UnaryOperator<String> partitionOwner) {
        return Ownership.owners(WireCodec.VERSION, queues, members, partitionOwner);
    }

    @Test
    void theOwnerOfThePartitionOwnsTheQueue() {
        assertThat(owners(List.of("a", "b"), List.of(ONE, TWO), queue -> "scheduler-" + (queue.equals("a") ? 1 : 2)))
                .isEqualTo(Map.of("a", "scheduler-1", "b", "scheduler-2"));
    }

    @Test
    void aQueueIsWithSomebodyWhoSpeaksOurVersion() {
        Map<String, String> owners =
                owners(List.of("a", "b"), List.of(ONE, NEXT_RELEASE, WORKER), queue -> "scheduler-3");
        assertThat(owners).isEqualTo(Map.of("a", "scheduler-1", "b", "scheduler-1"));
    }

    @Test
    void everybodyChoosesTheSameSubstitute() {
        Map<String, String> here = owners(List.of("a"), List.of(ONE, TWO), queue -> "");
        assertThat(here).isEqualTo(owners(List.of("a"), List.of(TWO, ONE), queue -> ""));
        assertThat(here).hasSize(1);
    }

    @Test
    void withoutASchedulerNobodyOwnsAnything() {
        assertThat(owners(List.of("a"), List.of(WORKER, NEXT_RELEASE), queue -> "scheduler-3"))
                .isEmpty();
    }
}
