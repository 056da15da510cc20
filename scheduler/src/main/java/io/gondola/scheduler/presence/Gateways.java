package io.gondola.scheduler.presence;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.Rejection;
import java.util.ArrayList;
import java.util.List;

/**
 * The gateways, and what they ask after.
 *
 * <p>What a gateway asks after and this owner does not have is lost, or was refused already: it is told so, again if need
 * be. A young owner does not say so yet: what it has not heard of may still be aboard a worker that has not joined. A
 * gateway that is gone takes along what it waited for; one that was only slow is told that it was lost, and goes on with
 * the next attempt.
 */
final class Gateways {

    private final Roster roster;
    private final Liveness liveness;
    /** From this age on every worker that lives has been heard. */
    private final long knowsAllNanos;

    Gateways(Roster roster, PresenceLimits limits) {
        this.roster = roster;
        liveness = new Liveness(limits.gatewaySilenceNanos(), limits.gatewaysMax());
        knowsAllNanos = limits.workerSilenceNanos();
    }

    void onHeard(String gatewayId, long listenedNanos) {
        liveness.hear(gatewayId, listenedNanos);
    }

    /** Tells of each of these that is neither waiting nor running what became of it, as far as that is known. */
    void answer(String gatewayId, List<GenerationRef> refs, long listenedNanos) {
        List<GenerationRef> lost = new ArrayList<>();
        for (GenerationRef ref : refs) {
            Rejection rejection = roster.tryRejection(ref);
            if (rejection != null) {
                roster.tellRejected(gatewayId, ref, rejection);
            } else if (!roster.isOpen(ref) && (roster.hasEnded(ref) || listenedNanos >= knowsAllNanos)) {
                lost.add(ref);
            }
        }
        if (!lost.isEmpty()) {
            roster.tellLost(gatewayId, lost);
        }
    }

    void onGone(String gatewayId) {
        liveness.forgetAllOn(gatewayId);
        roster.onGatewayGone(gatewayId);
    }

    Liveness liveness() {
        return liveness;
    }
}
