package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationId;
import io.gondola.protocol.GenerationRef;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The generations that ended last, with their newest attempt: a message that comes twice, or a cancel that overtakes its
 * submit, starts nothing.
 */
final class EndedMemory {

    private final int endedMax;
    private final Map<GenerationId, Integer> attempts = new LinkedHashMap<>();

    EndedMemory(int endedMax) {
        this.endedMax = endedMax;
    }

    void add(GenerationRef ref) {
        attempts.merge(ref.id(), ref.attempt(), Math::max);
        if (attempts.size() > endedMax) {
            Iterator<GenerationId> eldestFirst = attempts.keySet().iterator();
            eldestFirst.next();
            eldestFirst.remove();
        }
    }

    /** Whether this attempt, or a newer one, ended already. */
    boolean covers(GenerationRef ref) {
        Integer attempt = attempts.get(ref.id());
        return attempt != null && attempt >= ref.attempt();
    }
}
