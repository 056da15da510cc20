package io.gondola.scheduler.presence;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.ToScheduler.Aboard;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The book as presence needs it: who is in it, and what is to change. */
public interface Roster {

    /** What the book says of a sequence that a worker says it has. */
    enum Claim {
        /** It is to go on. */
        WANTED,
        /** It was told to leave. */
        LEAVING,
        /** Nobody waits for it there: a stale attempt, one that runs elsewhere, or one that was given up. */
        STRAY
    }

    boolean hasWorker(String workerId);

    /**
     * False when there are as many workers as there may be, or this one could serve nothing.
     *
     * @param sign where to note that it spoke, by {@link Presence#onWorkerHeard}
     */
    boolean tryJoin(LifeSign sign, String workerId, ModelDescription description, long nowNanos);

    void welcome(String workerId);

    /** One that could not join hears why. */
    void turnAway(String workerId);

    /** The number of the newest message that this worker was sent. */
    long toldNumber(String workerId);

    /** A worker is gone, and what it had with it. */
    void onWorkerGone(String workerId);

    /** Judges a sequence that a worker says it has; one that another owner let aboard is taken over. */
    Claim claim(String workerId, Aboard one, long nowNanos);

    /** As many sequences, with as many KV tokens, are on a worker that nobody waits for: they hold room. */
    void setStrays(String workerId, int sequences, long kvTokens);

    void tellToLeave(String workerId, List<GenerationRef> refs);

    /** Whoever was let aboard by a message up to this one, and is not there, is lost. */
    void loseMissing(String workerId, Set<GenerationRef> there, long seenNumber);

    /** Whether this attempt waits or runs for somebody. */
    boolean isOpen(GenerationRef ref);

    /** Whether this attempt, or a newer one, ended. */
    boolean hasEnded(GenerationRef ref);

    /** Why this attempt was refused; null when it was not, or is not remembered. */
    @Nullable
    Rejection tryRejection(GenerationRef ref);

    void tellRejected(String gatewayId, GenerationRef ref, Rejection rejection);

    void tellLost(String gatewayId, List<GenerationRef> refs);

    /**
     * A gateway is gone, or a process with all of its gateways: nobody waits for what they had.
     *
     * @param onAwaited called before that, if they waited for anything
     */
    void onGatewayGone(String gatewayId, Runnable onAwaited);
}
