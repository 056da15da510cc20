package io.gondola.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.partition.MigrationListener;
import com.hazelcast.partition.MigrationState;
import com.hazelcast.partition.ReplicaMigrationEvent;
import io.gondola.protocol.wire.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process's place in the cluster, and what it sees of the others: a {@link ClusterView}, made anew on a thread of its
 * own whenever Hazelcast tells of a change, and now and then in case it did not.
 */
final class Membership implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final long REFRESH_MILLIS = 100;

    /** A part of a cluster that joins another comes member by member: who was there is believed to come for so long. */
    static final long MERGE_MILLIS_MAX = 10_000;
    /** Nor do all come before this one: so long for those behind it. */
    static final long MERGED_MILLIS_MAX = 3_000;

    private final HazelcastNode node;
    private final HazelcastInstance hazelcast;
    private final ClusterMember self;
    private final SchedulerWatch watch;
    /** Those who hang, as far as the log has said so: once for each silence. */
    private final Set<UUID> givenUp = new HashSet<>();

    /** Those who are there and cannot be spoken to, as far as the log has said so. */
    private final Set<String> strangers = new HashSet<>();

    private final ScheduledExecutorService refreshing = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "gondola-cluster-view");
        thread.setDaemon(true);
        return thread;
    });
    private final List<Consumer<ClusterView>> listeners = new CopyOnWriteArrayList<>();
    private volatile ClusterView view;
    private volatile long comingUntilNanos = System.nanoTime();

    /** Joins, or makes a cluster of one where nobody is there; blocks until it is done. */
    static Membership join(Config config, ClusterMember self) {
        return new Membership(HazelcastNode.join(config), self);
    }

    private Membership(HazelcastNode node, ClusterMember self) {
        this.node = node;
        this.hazelcast = node.instance();
        this.self = self;
        this.watch = new SchedulerWatch(self.role() == Role.SCHEDULER, System.nanoTime());
        this.view = ClusterView.empty(self.wireVersion());
        hazelcast.getLifecycleService().addLifecycleListener(event -> onLifecycle(event.getState()));
        hazelcast.getCluster().addMembershipListener(new MembershipListener() {
            @Override
            public void memberAdded(MembershipEvent event) {
                refreshSoon();
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                refreshSoon();
            }
        });
        hazelcast.getPartitionService().addMigrationListener(new MigrationListener() {
            @Override
            public void migrationStarted(MigrationState state) {}

            @Override
            public void migrationFinished(MigrationState state) {
                refreshSoon();
            }

            @Override
            public void replicaMigrationCompleted(ReplicaMigrationEvent event) {
                refreshSoon();
            }

            @Override
            public void replicaMigrationFailed(ReplicaMigrationEvent event) {}
        });
        refresh();
        refreshing.scheduleWithFixedDelay(this::refresh, REFRESH_MILLIS, REFRESH_MILLIS, TimeUnit.MILLISECONDS);
    }

    ClusterView view() {
        return view;
    }

    /** @param listener is told of every change, on the thread that saw it, and now */
    void onChange(Consumer<ClusterView> listener) {
        listeners.add(listener);
        listener.accept(view);
    }

    private void refreshSoon() {
        try {
            refreshing.execute(this::refresh);
        } catch (RejectedExecutionException closed) {
            LOG.trace("no more views", closed);
        }
    }

    private synchronized void refresh() {
        try {
            giveUpWhoHangs();
            ClusterView now = read();
            ClusterView before = view;
            if (!now.equals(before)) {
                view = now;
                tell(before, now);
                listeners.forEach(listener -> listener.accept(now));
            }
        } catch (HazelcastInstanceNotActiveException leaving) {
            LOG.trace("the last view stays", leaving);
        } catch (RuntimeException defect) {
            // The schedule would end with it.
            LOG.error("The cluster could not be looked at", defect);
        }
    }

    private void onLifecycle(LifecycleState state) {
        if (state == LifecycleState.MERGING) {
            comingUntilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MERGE_MILLIS_MAX);
        } else if (state == LifecycleState.MERGED || state == LifecycleState.MERGE_FAILED) {
            comingUntilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MERGED_MILLIS_MAX);
        }
    }

    /** Whoever moves over with this process: tokens go on between them meanwhile. */
    private List<ClusterMember> coming(Set<String> there) {
        if (System.nanoTime() - comingUntilNanos >= 0) {
            return List.of();
        }
        return view.members().values().stream()
                .filter(member -> member.role() != Role.SCHEDULER && !there.contains(member.nodeId()))
                .toList();
    }

    private void giveUpWhoHangs() {
        Map<UUID, Member> others = new HashMap<>();
        Map<UUID, Long> heartbeats = new HashMap<>();
        Set<UUID> schedulers = new HashSet<>();
        for (Member member : hazelcast.getCluster().getMembers()) {
            if (!member.localMember()) {
                others.put(member.getUuid(), member);
                heartbeats.put(member.getUuid(), node.heartbeat(member));
                if (!member.isLiteMember()) {
                    schedulers.add(member.getUuid());
                }
            }
        }
        List<UUID> silent = watch.look(heartbeats, schedulers, System.nanoTime());
        givenUp.retainAll(silent);
        for (UUID id : silent) {
            Member member = Objects.requireNonNull(others.get(id));
            if (givenUp.add(id)) {
                LOG.warn("{} is silent for {} ms, and given up", member, SchedulerWatch.SILENCE_MILLIS_MAX);
            }
            // Each time, until Hazelcast agrees: while a part is cut off that takes as long as its own heartbeats.
            node.giveUp(member, "silent for " + SchedulerWatch.SILENCE_MILLIS_MAX + " ms");
        }
    }

    private ClusterView read() {
        List<ClusterMember> members = new ArrayList<>();
        TreeSet<String> queues = new TreeSet<>();
        queues.add(Route.inferenceQueue());
        Set<String> there = new HashSet<>();
        for (Member member : hazelcast.getCluster().getMembers()) {
            ClusterMember ours = ClusterMember.tryRead(member::getAttribute);
            if (ours != null) {
                there.add(ours.nodeId());
            }
            if (ours != null && ours.busEncrypted() == self.busEncrypted()) {
                members.add(ours);
                ours.models().forEach(claim -> queues.add(claim.name()));
            } else if (ours != null && strangers.add(ours.nodeId())) {
                LOG.warn(
                        "Nothing is exchanged with {}: its event bus is {}, and that of this process is {}",
                        ours.nodeId(),
                        encryption(ours),
                        encryption(self));
            }
        }
        strangers.retainAll(there);
        members.addAll(coming(there));
        return new ClusterView(
                self.wireVersion(),
                members.stream().collect(Collectors.toMap(ClusterMember::nodeId, member -> member)),
                Ownership.owners(self.wireVersion(), queues, members, this::partitionOwner),
                // Hazelcast names the oldest first, everywhere.
                Refusal.among(self.wireVersion(), members));
    }

    private static String encryption(ClusterMember member) {
        return member.busEncrypted() ? "encrypted" : "not encrypted";
    }

    private String partitionOwner(String queue) {
        Member owner = hazelcast.getPartitionService().getPartition(queue).getOwner();
        ClusterMember ours = owner == null ? null : ClusterMember.tryRead(owner::getAttribute);
        return ours == null ? "" : ours.nodeId();
    }

    private static void tell(ClusterView before, ClusterView now) {
        now.members().forEach((nodeId, member) -> {
            if (!before.members().containsKey(nodeId)) {
                if (now.isUnderstood(member)) {
                    LOG.info("{} is there", nodeId);
                } else {
                    LOG.warn(
                            "{} speaks version {} of the messages and this process {}: nothing is exchanged with it",
                            nodeId,
                            member.wireVersion(),
                            now.wireVersion());
                }
            }
        });
        before.members().keySet().stream()
                .filter(nodeId -> !now.members().containsKey(nodeId))
                .forEach(nodeId -> LOG.info("{} is gone", nodeId));
        now.refusals().stream()
                .filter(refusal -> !before.refusals().contains(refusal))
                .forEach(refusal ->
                        LOG.warn("{} is refused for {}: {}", refusal.nodeId(), refusal.model(), refusal.reason()));
        now.owners().forEach((queue, owner) -> {
            if (!owner.equals(before.owners().get(queue)) && !queue.equals(Route.inferenceQueue())) {
                LOG.info("The queue of {} is with {}", queue, owner);
            }
        });
    }

    /** Leaves with grace: a scheduler's partitions go to others first. The last view stays. Blocks; idempotent. */
    void leave() {
        if (hazelcast.getLifecycleService().isRunning()) {
            hazelcast.shutdown();
        }
    }

    @Override
    public void close() {
        leave();
        ExecutorService views = refreshing;
        views.shutdownNow();
    }
}
