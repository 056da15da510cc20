package io.gondola.scheduler.inference;

import io.gondola.protocol.Instants;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.InferenceRequest;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of an owner's life: what it has not heard of may be there all the same. It lasts until all workers that are
 * there have said what they have, and where nobody knows who is there, a fixed time. What is asked meanwhile of models that
 * are not known yet is kept, as much of it as may wait for one version.
 */
final class Youth {

    private final InferenceLimits limits;
    private final Map<InferenceId, InferenceRequest> requests = new LinkedHashMap<>();
    private final Set<String> saidAll = new HashSet<>();
    private @Nullable Set<String> present;
    private long bytes;
    private long untilNanos = Long.MAX_VALUE;
    private boolean isOver;

    Youth(InferenceLimits limits) {
        this.limits = limits;
        isOver = limits.absence().youngNanos() == 0;
    }

    void begin(long nowNanos) {
        untilNanos = Instants.after(nowNanos, limits.absence().youngNanos());
    }

    void onPresent(Set<String> workerIds) {
        present = Set.copyOf(workerIds);
    }

    /** A worker has said all that it has. */
    void onSaidAll(String workerId) {
        if (!isOver) {
            saidAll.add(workerId);
        }
    }

    boolean isOver() {
        return isOver;
    }

    /** Whether it has just ended. */
    boolean tryEnd(long nowNanos) {
        boolean hasHeardAll = present != null && saidAll.containsAll(present);
        if (isOver || (!hasHeardAll && nowNanos < untilNanos)) {
            return false;
        }
        isOver = true;
        saidAll.clear();
        return true;
    }

    /** When it ends at the latest. */
    long endNanos() {
        return isOver ? Long.MAX_VALUE : untilNanos;
    }

    boolean has(InferenceId id) {
        return requests.containsKey(id);
    }

    /** Keeps a request; answers whether it is the time for that, and there was room. */
    boolean tryKeep(InferenceRequest request) {
        if (isOver
                || requests.size() >= limits.queue().queueRequestsMax()
                || bytes + request.bytes() > limits.queue().queueBytesMax()) {
            return false;
        }
        if (requests.put(request.id(), request) == null) {
            bytes += request.bytes();
        }
        return true;
    }

    void remove(InferenceId id) {
        InferenceRequest removed = requests.remove(id);
        bytes -= removed == null ? 0 : removed.bytes();
    }

    /** In the order in which they came. */
    List<InferenceRequest> takeAll() {
        List<InferenceRequest> all = List.copyOf(requests.values());
        requests.clear();
        bytes = 0;
        return all;
    }
}
