package io.gondola.scheduler.inference;

import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.LoadOrigin;
import io.gondola.protocol.inference.ModelStatus;
import io.gondola.protocol.inference.TensorModel;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The queues of all versions of all models, in the order of their names. */
final class Models {

    private final InferenceLimits limits;
    private final NavigableMap<String, NavigableMap<Long, VersionQueue>> queues = new TreeMap<>();
    private long lastBatchId;
    private int size;

    /** @param firstBatchId where batches are counted from */
    Models(InferenceLimits limits, long firstBatchId) {
        this.limits = limits;
        lastBatchId = firstBatchId - 1;
    }

    @Nullable
    VersionQueue tryGet(String model, long version) {
        NavigableMap<Long, VersionQueue> versions = queues.get(model);
        return versions == null ? null : versions.get(version);
    }

    /** The queue that takes such a request; null where there is none. */
    @Nullable
    VersionQueue tryFor(InferenceRequest request) {
        NavigableMap<Long, VersionQueue> versions = queues.get(request.model());
        if (versions == null) {
            return null;
        }
        if (request.version() != InferenceRequest.LATEST) {
            VersionQueue queue = versions.get(request.version());
            return queue == null || queue.isLeaving() ? null : queue;
        }
        VersionQueue held = null;
        for (VersionQueue queue : versions.descendingMap().values()) {
            if (queue.hasStayingSeat()) {
                return queue;
            }
            if (held == null && !queue.isLeaving()) {
                held = queue;
            }
        }
        return held;
    }

    /** The queue of a version that a worker has; null where there are too many. */
    @Nullable
    VersionQueue tryAdd(ToInferenceScheduler.ModelLoaded loaded, long nowNanos) {
        TensorModel model = loaded.model();
        VersionQueue known = tryGet(model.name(), model.version());
        if (known != null) {
            return known;
        }
        if (size >= limits.known().modelVersionsMax()) {
            return null;
        }
        VersionQueue added = new VersionQueue(loaded, limits, () -> ++lastBatchId, nowNanos);
        queues.computeIfAbsent(model.name(), name -> new TreeMap<>()).put(model.version(), added);
        size++;
        return added;
    }

    /** What a worker is told that may not serve what it loaded; null where it may. */
    @Nullable
    ToInferenceWorker tryRefuse(ToInferenceScheduler.ModelLoaded loaded) {
        String model = loaded.model().name();
        LoadOrigin newest = newestOrigin(model, loaded.origin());
        if (loaded.origin().isBefore(newest)) {
            return new ToInferenceWorker.LoadAgain(model, newest.settings(), newest.askedMillis());
        }
        VersionQueue queue = tryGet(model, loaded.model().version());
        String other = queue == null || loaded.origin().mayStandBeside(queue.origin())
                ? null
                : queue.tryOtherWorker(loaded.workerId());
        if (queue == null || other == null) {
            return null;
        }
        Seat seat = queue.trySeat(loaded.workerId());
        if (seat != null) {
            seat.toGoing(Seat.Stay.DRAINING);
        }
        return new ToInferenceWorker.Refused(
                model,
                loaded.model().version(),
                "its files or settings are not those of worker " + other + ": fingerprint "
                        + loaded.origin().fingerprint() + ", not "
                        + queue.origin().fingerprint());
    }

    /** The latest word of an operator about any version. */
    private LoadOrigin newestOrigin(String model, LoadOrigin own) {
        LoadOrigin newest = own;
        for (VersionQueue queue : queues.getOrDefault(model, new TreeMap<>()).values()) {
            newest = newest.isBefore(queue.origin()) ? queue.origin() : newest;
        }
        return newest;
    }

    void remove(VersionQueue queue) {
        NavigableMap<Long, VersionQueue> versions = queues.get(queue.model().name());
        if (versions != null && versions.remove(queue.model().version(), queue)) {
            size--;
            if (versions.isEmpty()) {
                queues.remove(queue.model().name());
            }
        }
    }

    /** By name and version, as they are now. */
    List<VersionQueue> all() {
        List<VersionQueue> all = new ArrayList<>(size);
        queues.values().forEach(versions -> all.addAll(versions.values()));
        return all;
    }

    /** Forgets versions that no worker has had for long. */
    void forgetUnused(long nowNanos) {
        for (VersionQueue queue : all()) {
            if (queue.isForgotten(nowNanos)) {
                remove(queue);
            }
        }
    }

    /** Those that take requests, with or without a worker at the moment. */
    List<ModelStatus> statuses() {
        List<ModelStatus> statuses = new ArrayList<>(size);
        for (VersionQueue queue : all()) {
            if (!queue.isLeaving()) {
                statuses.add(new ModelStatus(queue.model(), queue.stayingCount(), queue.statistics()));
            }
        }
        return statuses;
    }

    Map<String, InferenceGauges> gauges() {
        Map<String, InferenceGauges> gauges = new TreeMap<>();
        for (VersionQueue queue : all()) {
            int running = 0;
            for (Seat seat : queue.seats()) {
                for (Batch batch : seat.running()) {
                    running += batch.inferences().size();
                }
            }
            InferenceGauges own = new InferenceGauges(
                    queue.line().size(),
                    queue.line().bytes(),
                    running,
                    queue.seats().size(),
                    queue.instances());
            gauges.merge(queue.model().name(), own, InferenceGauges::plus);
        }
        return gauges;
    }
}
