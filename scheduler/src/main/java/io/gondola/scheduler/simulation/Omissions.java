package io.gondola.scheduler.simulation;

import io.gondola.protocol.OwnerWatch;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import io.gondola.scheduler.core.Effect;
import io.gondola.scheduler.core.SchedulerEvent;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What nobody does in a world. What is left out never sets out, so that all who take part are as they are elsewhere.
 *
 * @param without the ways of mending that are left out
 */
record Omissions(Set<Mending> without) {

    boolean contains(Mending mending) {
        return without.contains(mending);
    }

    /** What is said instead of this; null: nothing. */
    @Nullable
    ToScheduler trySaid(ToScheduler message) {
        if (message instanceof ToScheduler.Census census) {
            if (contains(Mending.CENSUS) && census.epoch() != OwnerWatch.NOBODY) {
                return null;
            } else if (contains(Mending.CENSUS_MISSING)) {
                return new ToScheduler.Census(
                        census.workerId(), census.description(), census.epoch(), census.number(), 0, census.aboard());
            }
        }
        return message;
    }

    /** Whether this effect of this event sets out. */
    boolean isDone(SchedulerEvent event, Effect effect) {
        boolean isOfCensus =
                event instanceof SchedulerEvent.Received received && received.message() instanceof ToScheduler.Census;
        boolean isRevoke = effect instanceof Effect.TellWorker tell && tell.message() instanceof ToWorker.Revoke;
        return !(contains(Mending.REVOKE_AGAIN) && isOfCensus && isRevoke)
                && !(contains(Mending.OWNER_ALIVE) && effect instanceof Effect.TellAll);
    }
}
