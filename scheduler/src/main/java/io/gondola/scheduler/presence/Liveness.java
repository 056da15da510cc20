package io.gondola.scheduler.presence;

import io.gondola.protocol.NodeNames;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** When each of some parties was last heard, and who has been silent for too long. Every operation but one is O(1). */
final class Liveness {

    private final long silenceNanos;
    private final int partiesMax;
    /** The longest silent first. */
    private final Map<String, Long> heardNanos = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param silenceNanos 0: nobody is ever missed
     * @param partiesMax more are not watched
     */
    Liveness(long silenceNanos, int partiesMax) {
        this.silenceNanos = silenceNanos;
        this.partiesMax = partiesMax;
    }

    void hear(String id, long nowNanos) {
        if (silenceNanos > 0 && (heardNanos.size() < partiesMax || heardNanos.containsKey(id))) {
            heardNanos.put(id, nowNanos);
        }
    }

    void forget(String id) {
        heardNanos.remove(id);
    }

    /** Forgets all that a process ran; in O(n), for processes go rarely. */
    void forgetAllOn(String nodeId) {
        heardNanos.keySet().removeIf(id -> NodeNames.isOn(nodeId, id));
    }

    /** Forgets those who are silent for too long, and names them. */
    void giveUpSilent(long nowNanos, Consumer<String> onSilent) {
        while (nowNanos >= nextDueNanos()) {
            String silent = heardNanos.keySet().iterator().next();
            heardNanos.remove(silent);
            onSilent.accept(silent);
        }
    }

    /** When the next will be missed. */
    long nextDueNanos() {
        return heardNanos.isEmpty()
                ? Long.MAX_VALUE
                : heardNanos.values().iterator().next() + silenceNanos;
    }
}
