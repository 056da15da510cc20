package io.gondola.scheduler.presence;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.Rejection;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The gateways, and what they ask after.
 *
 * <p>What a gateway asks after and this owner does not have is lost, or was refused already: it is told so, again if need
 * be. An owner does not say so before it has heard every worker there is, or is old enough to have heard them: what it
 * does not know may still be aboard one that it has not heard. To be wrong there would cost computing again. A gateway that is gone takes along what it waited for; one that was only slow is told that it was lost, and goes on with
 * the next attempt.
 */
final class Gateways {

    private final Roster roster;
    private final Liveness liveness;
    /** From this age on every worker that lives has been heard. */
    private final long knowsAllNanos;

    private final BooleanSupplier hasHeardAll;

    Gateways(Roster roster, PresenceLimits limits, Liveness liveness, BooleanSupplier hasHeardAll) {
        this.roster = roster;
        this.liveness = liveness;
        knowsAllNanos = limits.workerSilenceNanos();
        this.hasHeardAll = hasHeardAll;
    }

    void onHeard(String gatewayId, long listenedNanos) {
        liveness.hear(gatewayId, listenedNanos);
    }

    boolean knowsAll(long listenedNanos) {
        return listenedNanos >= knowsAllNanos || hasHeardAll.getAsBoolean();
    }

    /** Tells of each of these that is neither waiting nor running what became of it, as far as that is known. */
    void answer(String gatewayId, List<GenerationRef> refs, long listenedNanos) {
        boolean knowsAll = knowsAll(listenedNanos);
        List<GenerationRef> lost = new ArrayList<>();
        for (GenerationRef ref : refs) {
            Rejection rejection = roster.tryRejection(ref);
            if (rejection != null) {
                roster.tellRejected(gatewayId, ref, rejection);
            } else if (!roster.isOpen(ref) && (roster.hasEnded(ref) || knowsAll)) {
                lost.add(ref);
            }
        }
        if (!lost.isEmpty()) {
            roster.tellLost(gatewayId, lost);
        }
    }

    /** @param onAwaited called if it waited for anything, before that ends */
    void onGone(String gatewayId, Runnable onAwaited) {
        liveness.forgetAllOn(gatewayId);
        roster.onGatewayGone(gatewayId, onAwaited);
    }

    Liveness liveness() {
        return liveness;
    }
}
