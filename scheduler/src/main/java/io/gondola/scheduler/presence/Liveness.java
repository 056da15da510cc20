package io.gondola.scheduler.presence;

import io.gondola.protocol.NodeNames;
import io.gondola.scheduler.collect.Heap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * When each of some parties was last heard, and who has been silent for too long. To hear is noted and no more: who is
 * looked at because of what it said before is put in order again then.
 */
final class Liveness {

    private final long silenceNanos;
    private final int partiesMax;
    private final Map<String, LifeSign> signs = new HashMap<>();
    /** The longest silent first, as far as was looked. */
    private final Heap<LifeSign> bySilence = Heap.byFirstPlace();

    private long firstHeard;

    /**
     * @param silenceNanos 0: nobody is ever missed
     * @param partiesMax more are not watched
     */
    Liveness(long silenceNanos, int partiesMax) {
        this.silenceNanos = silenceNanos;
        this.partiesMax = partiesMax;
    }

    void hear(String id, long nowNanos) {
        LifeSign known = signs.get(id);
        if (known != null) {
            known.heardNanos = nowNanos;
        } else {
            watch(new LifeSign(id), nowNanos);
        }
    }

    /** Whoever is not watched yet counts as heard now: it has the time of any other to speak. */
    void watch(LifeSign sign, long nowNanos) {
        if (silenceNanos > 0 && signs.size() < partiesMax && signs.putIfAbsent(sign.id, sign) == null) {
            sign.number = ++firstHeard;
            sign.heardNanos = nowNanos;
            lookAt(sign);
        }
    }

    void forget(String id) {
        LifeSign sign = signs.remove(id);
        if (sign != null) {
            bySilence.remove(sign);
        }
    }

    /** Forgets all that a process ran; in O(n), for processes go rarely. */
    void forgetAllOn(String nodeId) {
        List.copyOf(signs.keySet()).stream()
                .filter(id -> NodeNames.isOn(nodeId, id))
                .forEach(this::forget);
    }

    /** Forgets those who are silent for too long, and names them. */
    void giveUpSilent(long nowNanos, Consumer<String> onSilent) {
        for (LifeSign first = bySilence.tryFirst(); first != null && isDue(first, nowNanos); ) {
            if (first.heardNanos > first.lookedAtNanos) {
                lookAt(first);
            } else {
                forget(first.id);
                onSilent.accept(first.id);
            }
            first = bySilence.tryFirst();
        }
    }

    /** When the next may be missed: not later than that. */
    long nextDueNanos() {
        LifeSign first = bySilence.tryFirst();
        return first == null ? Long.MAX_VALUE : first.lookedAtNanos + silenceNanos;
    }

    private boolean isDue(LifeSign sign, long nowNanos) {
        return sign.lookedAtNanos + silenceNanos <= nowNanos;
    }

    private void lookAt(LifeSign sign) {
        sign.lookedAtNanos = sign.heardNanos;
        bySilence.put(sign, sign.lookedAtNanos, sign.number);
    }
}
