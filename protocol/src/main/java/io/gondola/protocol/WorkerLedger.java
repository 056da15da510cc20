package io.gondola.protocol;

import io.gondola.protocol.ToScheduler.Aboard;
import io.gondola.protocol.ToScheduler.Census;
import io.gondola.protocol.ToScheduler.Finished;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A worker's account of one model: which owner it serves, the newest message it has taken from it, and everything it
 * has taken in and not yet reported as finished. From it comes the {@link Census} that heals what messages lost.
 *
 * <p>Pure, so that the worker and the simulation of one share it. A new owner takes over the work that is aboard: what
 * it does not know it learns from the census, and running sequences do not notice.
 */
public final class WorkerLedger {

    private final String workerId;
    private final ModelDescription description;
    private final OwnerWatch owner = new OwnerWatch();
    private final Map<GenerationRef, Aboard> aboard = new LinkedHashMap<>();
    private long epoch = OwnerWatch.NOBODY;
    private boolean isMember;
    private long seenNumber;
    private long censuses;

    public WorkerLedger(String workerId, ModelDescription description) {
        this.workerId = workerId;
        this.description = description;
    }

    /** An owner said that it lives: whether it is another than before, who must be told who is aboard. */
    public boolean onOwnerAlive(long fromEpoch, long nowNanos) {
        return owner.tryHeed(fromEpoch, nowNanos) && changeTo(fromEpoch);
    }

    /** Whether this message is for the worker to carry out. What it admits counts as aboard from here on. */
    public boolean tryTake(Fenced fenced, long nowNanos) {
        if (!owner.tryHeed(fenced.epoch(), nowNanos)) {
            return false;
        }
        changeTo(fenced.epoch());
        boolean isWelcome = fenced.message() instanceof ToWorker.Welcome;
        boolean isRefusal = fenced.message() instanceof ToWorker.Refused;
        if (!(isMember || isWelcome || isRefusal) || fenced.number() <= seenNumber) {
            return false;
        }
        seenNumber = fenced.number();
        isMember = !isRefusal;
        if (fenced.message() instanceof ToWorker.Admit admit) {
            admit.generations().forEach(request -> aboard.put(request.ref(), Aboard.of(request)));
        }
        return true;
    }

    /** These have ended, and the owner has been told. */
    public void onReported(List<Finished> finished) {
        finished.forEach(end -> aboard.remove(end.ref()));
    }

    /** The next census: to be sent at once when the owner changes, and in each {@link Census#PERIOD_MILLIS}. */
    public Census nextCensus(long nowNanos) {
        return new Census(
                workerId,
                description,
                isMember(nowNanos) ? epoch : OwnerWatch.NOBODY,
                ++censuses,
                seenNumber,
                new ArrayList<>(aboard.values()));
    }

    /** Whether nothing is aboard. */
    public boolean isEmpty() {
        return aboard.isEmpty();
    }

    /** Where to say things: the owner that is heeded, or {@link OwnerWatch#NOBODY} while none is heard. */
    public long ownerEpoch(long nowNanos) {
        return owner.epochAt(nowNanos);
    }

    /** Whether an owner has welcomed the worker and lives. */
    public boolean isMember(long nowNanos) {
        return isMember && owner.epochAt(nowNanos) == epoch;
    }

    private boolean changeTo(long newEpoch) {
        if (newEpoch == epoch) {
            return false;
        }
        epoch = newEpoch;
        isMember = false;
        seenNumber = 0;
        return true;
    }
}
