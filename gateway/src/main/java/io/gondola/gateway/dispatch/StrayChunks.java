package io.gondola.gateway.dispatch;

import io.gondola.protocol.GenerationRef;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Attempts of which tokens still come though nobody here waits for them: usually the cancellation is on its way, and if
 * they keep coming it was lost. Bounded: what is forgotten is only told to stop later.
 */
final class StrayChunks {

    static final int STRAYS_MAX = 1_024;
    private static final long CANCEL_PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** When each was last cancelled, the longest known first. */
    private final Map<GenerationRef, Long> cancelledNanos = new LinkedHashMap<>();

    /** Whether it is time to cancel it, once more. */
    boolean isCancelDue(GenerationRef ref, long nowNanos) {
        Long lastNanos = cancelledNanos.get(ref);
        if (lastNanos != null && nowNanos - lastNanos < CANCEL_PERIOD_NANOS) {
            return false;
        }
        cancelledNanos.put(ref, nowNanos);
        if (cancelledNanos.size() > STRAYS_MAX) {
            Iterator<GenerationRef> eldestFirst = cancelledNanos.keySet().iterator();
            eldestFirst.next();
            eldestFirst.remove();
        }
        return lastNanos != null;
    }
}
