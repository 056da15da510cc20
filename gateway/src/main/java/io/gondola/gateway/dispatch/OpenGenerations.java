package io.gondola.gateway.dispatch;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The generations of one event loop that have not ended, by id. Bounded. */
final class OpenGenerations {

    private final int generationsMax;
    private final Map<GenerationId, Generation> byId = new HashMap<>();

    OpenGenerations(int generationsMax) {
        this.generationsMax = generationsMax;
    }

    boolean hasRoomFor(int count) {
        return count <= generationsMax - byId.size();
    }

    void add(Generation generation) {
        byId.put(generation.ref().id(), generation);
    }

    void remove(Generation generation) {
        byId.remove(generation.ref().id());
    }

    /** The generation whose current attempt this is. */
    @Nullable
    Generation find(GenerationRef ref) {
        Generation generation = byId.get(ref.id());
        return generation != null && generation.ref().attempt() == ref.attempt() ? generation : null;
    }

    /** Whether any attempt of it is open. */
    boolean contains(GenerationId id) {
        return byId.containsKey(id);
    }

    int size() {
        return byId.size();
    }
}
