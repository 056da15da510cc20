package io.gondola.scheduler.launch;

import io.gondola.cluster.ClusterMember;
import io.gondola.cluster.ClusterNode;
import io.gondola.cluster.ClusterView;
import io.gondola.cluster.Role;
import io.gondola.launch.Awaited;
import io.gondola.protocol.wire.Route;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.scheduler.inference.InferenceLimits;
import io.gondola.scheduler.runtime.InferenceNode;
import io.gondola.scheduler.runtime.QueueOwner;
import io.gondola.scheduler.runtime.SchedulerNode;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queues that this process keeps: those of the models whose partitions it owns. A queue that comes starts empty and
 * is told by gateways and workers what there is; one that goes is forgotten.
 */
final class OwnedQueues {

    private static final Logger LOG = LoggerFactory.getLogger(OwnedQueues.class);

    /**
     * Workers that move over from a cluster that lost all its schedulers come one by one, and behind their gateways: for so
     * long nothing follows from who is there.
     */
    private static final long ARRIVAL_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final ClusterNode node;
    private final SchedulerLimits limits;
    private final InferenceLimits inferenceLimits;
    /** What is kept, or about to be; the start of a queue waits for the end of the one before. */
    private final Map<String, Future<QueueOwner>> kept = new HashMap<>();

    private final Map<String, Future<Void>> ending = new HashMap<>();
    /** Who was there when the cluster was last seen. */
    private Map<String, ClusterMember> present = Map.of();

    /** When the first came that is no scheduler. */
    private @Nullable Long arrivalNanos;

    private boolean closed;

    OwnedQueues(ClusterNode node, SchedulerLimits limits, InferenceLimits inferenceLimits) {
        this.node = node;
        this.limits = limits;
        this.inferenceLimits = inferenceLimits;
    }

    /** Keeps what the cluster says is ours, and nothing else; what is kept hears at once who is gone. */
    synchronized void onView(ClusterView view) {
        if (closed) {
            return;
        }
        present.values().stream()
                .filter(member -> !view.members().containsKey(member.nodeId()))
                .forEach(this::tellGone);
        present = view.members();
        TreeSet<String> ours = new TreeSet<>();
        view.owners().forEach((queue, owner) -> {
            if (owner.equals(node.nodeId())) {
                ours.add(queue);
            }
        });
        for (String model : new ArrayList<>(kept.keySet())) {
            if (!ours.contains(model)) {
                end(model);
            }
        }
        boolean isWhole = hasWholeView(view);
        if (isWhole) {
            kept.forEach((model, queue) -> queue.onSuccess(started -> started.onWorkersPresent(workers(view, model))));
        }
        ours.stream()
                .filter(model -> !kept.containsKey(model))
                .forEach(model -> begin(model, isWhole ? workers(view, model) : null));
    }

    private boolean hasWholeView(ClusterView view) {
        if (arrivalNanos == null
                && view.members().values().stream().anyMatch(member -> member.role() != Role.SCHEDULER)) {
            arrivalNanos = System.nanoTime();
        }
        return arrivalNanos != null && System.nanoTime() - arrivalNanos >= ARRIVAL_NANOS;
    }

    /** Its silence would tell too, but later. */
    private void tellGone(ClusterMember member) {
        for (Future<QueueOwner> queue : kept.values()) {
            if (member.role() == Role.WORKER) {
                queue.onSuccess(started -> started.onWorkerLost(member.nodeId()));
            } else if (member.role() == Role.GATEWAY) {
                queue.onSuccess(started -> started.onGatewayLost(member.nodeId()));
            }
        }
    }

    /** Those whose censuses can come: a worker is called as its process is. */
    private static Set<String> workers(ClusterView view, String model) {
        return view.members().values().stream()
                .filter(member -> member.role() == Role.WORKER && view.isUnderstood(member) && member.has(model))
                .map(ClusterMember::nodeId)
                .filter(nodeId -> !view.isRefused(nodeId, model))
                .collect(Collectors.toSet());
    }

    /** @param workers null where nobody knows */
    private void begin(String model, @Nullable Set<String> workers) {
        Future<Void> before = ending.getOrDefault(model, Future.succeededFuture());
        kept.put(
                model,
                before.transform(ended -> start(model, workers))
                        .onSuccess(started -> LOG.info("Keeping the queue of {}", model))
                        .onFailure(failure -> LOG.error("The queue of {} cannot be kept", model, failure)));
    }

    private Future<QueueOwner> start(String queue, @Nullable Set<String> workers) {
        return queue.equals(Route.inferenceQueue())
                ? InferenceNode.start(node.vertx(), inferenceLimits, workers, node.registry())
                        .map(started -> started)
                : SchedulerNode.start(
                                node.vertx(),
                                limits,
                                List.of(queue),
                                workers == null ? Map.of() : Map.of(queue, workers),
                                node.registry())
                        .map(started -> started);
    }

    private void end(String model) {
        Future<QueueOwner> queue = kept.remove(model);
        if (queue != null) {
            LOG.info("The queue of {} goes to another", model);
            ending.put(model, queue.compose(QueueOwner::close));
        }
    }

    synchronized List<String> models() {
        return List.copyOf(new TreeSet<>(kept.keySet()));
    }

    void close() {
        List<Future<Void>> ends;
        synchronized (this) {
            closed = true;
            models().forEach(this::end);
            ends = List.copyOf(ending.values());
        }
        Awaited.ended(Future.join(ends).mapEmpty(), "queues");
    }
}
