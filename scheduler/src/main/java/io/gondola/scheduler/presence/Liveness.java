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
    private final Map<String, Party> parties = new HashMap<>();
    /** The longest silent first, as far as was looked. */
    private final Heap<Party> bySilence = Heap.byFirstPlace();

    private long firstHeard;

    private static final class Party extends Heap.Item {
        final String id;
        final long number;
        long heardNanos;
        long lookedAtNanos;

        Party(String id, long number) {
            this.id = id;
            this.number = number;
        }
    }

    /**
     * @param silenceNanos 0: nobody is ever missed
     * @param partiesMax more are not watched
     */
    Liveness(long silenceNanos, int partiesMax) {
        this.silenceNanos = silenceNanos;
        this.partiesMax = partiesMax;
    }

    void hear(String id, long nowNanos) {
        Party known = parties.get(id);
        if (known != null) {
            known.heardNanos = nowNanos;
        } else {
            watch(id, nowNanos);
        }
    }

    /** Whoever is not watched yet counts as heard now: it has the time of any other to speak. */
    void watch(String id, long nowNanos) {
        if (silenceNanos > 0 && parties.size() < partiesMax && !parties.containsKey(id)) {
            Party party = new Party(id, ++firstHeard);
            party.heardNanos = nowNanos;
            parties.put(id, party);
            lookAt(party);
        }
    }

    void forget(String id) {
        Party party = parties.remove(id);
        if (party != null) {
            bySilence.remove(party);
        }
    }

    /** Forgets all that a process ran; in O(n), for processes go rarely. */
    void forgetAllOn(String nodeId) {
        List.copyOf(parties.keySet()).stream()
                .filter(id -> NodeNames.isOn(nodeId, id))
                .forEach(this::forget);
    }

    /** Forgets those who are silent for too long, and names them. */
    void giveUpSilent(long nowNanos, Consumer<String> onSilent) {
        for (Party first = bySilence.tryFirst(); first != null && isDue(first, nowNanos); ) {
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
        Party first = bySilence.tryFirst();
        return first == null ? Long.MAX_VALUE : first.lookedAtNanos + silenceNanos;
    }

    private boolean isDue(Party party, long nowNanos) {
        return party.lookedAtNanos + silenceNanos <= nowNanos;
    }

    private void lookAt(Party party) {
        party.lookedAtNanos = party.heardNanos;
        bySilence.put(party, party.lookedAtNanos, party.number);
    }
}
