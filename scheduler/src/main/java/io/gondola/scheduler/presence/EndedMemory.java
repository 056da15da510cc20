package io.gondola.scheduler.presence;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.Rejection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The generations that ended last, with their newest attempt: a message that comes twice, or a cancel that overtakes its
 * submit, starts nothing; and who asks again is told again why it was refused.
 */
public final class EndedMemory {

    private record Ended(int attempt, @Nullable Rejection rejection) {}

    private final int endedMax;
    private final Map<GenerationId, Ended> byId = new LinkedHashMap<>();

    public EndedMemory(int endedMax) {
        this.endedMax = endedMax;
    }

    public void add(GenerationRef ref, @Nullable Rejection rejection) {
        Ended known = byId.get(ref.id());
        if (known == null || known.attempt < ref.attempt()) {
            byId.put(ref.id(), new Ended(ref.attempt(), rejection));
        }
        if (byId.size() > endedMax) {
            Iterator<GenerationId> eldestFirst = byId.keySet().iterator();
            eldestFirst.next();
            eldestFirst.remove();
        }
    }

    /** Whether this attempt, or a newer one, ended already. */
    public boolean covers(GenerationRef ref) {
        Ended known = byId.get(ref.id());
        return known != null && known.attempt >= ref.attempt();
    }

    /** Why this attempt was refused; null when it was not, or is not remembered. */
    public @Nullable Rejection tryRejection(GenerationRef ref) {
        Ended known = byId.get(ref.id());
        return known == null || known.attempt != ref.attempt() ? null : known.rejection;
    }
}
