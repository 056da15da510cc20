package io.gondola.gateway.dispatch;

import io.gondola.protocol.inference.InferenceId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The inferences of one event loop that have not ended, by id and by deadline. */
final class OpenInferences {

    private final Map<InferenceId, OpenInference> byId = new HashMap<>();
    private final TreeSet<OpenInference> byDeadline = new TreeSet<>(OpenInference.BY_DEADLINE);

    void add(OpenInference inference) {
        byId.put(inference.id(), inference);
        byDeadline.add(inference);
    }

    @Nullable
    OpenInference tryGet(InferenceId id) {
        return byId.get(id);
    }

    @Nullable
    OpenInference tryTake(InferenceId id) {
        OpenInference inference = byId.remove(id);
        if (inference != null) {
            byDeadline.remove(inference);
        }
        return inference;
    }

    int size() {
        return byId.size();
    }

    /** As they are now. */
    List<OpenInference> all() {
        return List.copyOf(byId.values());
    }

    /** The first whose deadline has passed. */
    @Nullable
    OpenInference tryFirstLate(long nowNanos) {
        return byDeadline.isEmpty() || byDeadline.first().deadlineNanos() > nowNanos ? null : byDeadline.first();
    }

    /** Those that the owner was not asked for, or after, for so long; asked from now on. */
    List<InferenceId> takeQuiet(long quietNanos, long nowNanos) {
        List<InferenceId> quiet = new ArrayList<>();
        for (OpenInference inference : byId.values()) {
            if (nowNanos - inference.askedNanos() >= quietNanos) {
                inference.onAsked(nowNanos);
                quiet.add(inference.id());
            }
        }
        return quiet;
    }
}
