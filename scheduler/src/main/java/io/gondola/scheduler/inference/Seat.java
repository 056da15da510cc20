package io.gondola.scheduler.inference;

import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.ToInferenceScheduler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One version of a model on one worker: as many instances as its settings say, each free or with one batch.
 *
 * <p>An instance that has just come back is not idle yet: those whose results it brought may be about to ask again. It
 * waits for as many rows as it had, for a preferred size, or until {@code max_queue_delay} is over; see
 * {@link VersionQueue}. One that is idle waits for nobody.
 */
final class Seat {

    /**
     * An instance without a batch.
     *
     * @param sinceNanos when it came back
     * @param rows that its last batch had
     */
    record Free(long sinceNanos, int rows) {}

    /** Whether a worker keeps the version. */
    enum Stay {
        STAYING,
        /** It is taken out of service: this worker helps with what waits while nobody stays, and then lets it go. */
        UNLOADING,
        /** The worker is about to go: it finishes what it has, and the version stays known. */
        DRAINING
    }

    private final String workerId;
    private final Map<Long, Batch> running = new LinkedHashMap<>();
    /** The longest free first. */
    private final ArrayDeque<Free> free = new ArrayDeque<>();

    private int instances;
    private Stay stay = Stay.STAYING;
    private ModelStatistics statistics = ModelStatistics.NONE;

    Seat(String workerId) {
        this.workerId = workerId;
    }

    /** Another number of instances; those with a batch go when they have come back. */
    private void resize(int newInstances) {
        instances = newInstances;
        while (free.size() + running.size() < instances) {
            free.addFirst(new Free(Long.MIN_VALUE, 0));
        }
        while (!free.isEmpty() && free.size() + running.size() > instances) {
            free.removeLast();
        }
    }

    String workerId() {
        return workerId;
    }

    /** The instance that has been free for longest. */
    @Nullable
    Free tryFree() {
        return free.peekFirst();
    }

    int freeCount() {
        return free.size();
    }

    void depart(Batch batch) {
        free.removeFirst();
        running.put(batch.id(), batch);
    }

    /** The batch is no longer there; null where it was not. */
    @Nullable
    Batch tryComeBack(long batchId, long nowNanos) {
        Batch batch = running.remove(batchId);
        if (batch != null && free.size() + running.size() < instances) {
            free.addLast(new Free(nowNanos, batch.rows()));
        }
        return batch;
    }

    /** Takes back the batches that the worker has not named for several reports: they got lost on the way. */
    List<Batch> takeLost(ToInferenceScheduler.Running reported, long graceNanos, int reportsMissedMax, long nowNanos) {
        List<Batch> lost = new ArrayList<>();
        for (Batch batch : List.copyOf(running.values())) {
            if (reported.batchIds().contains(batch.id())) {
                batch.onReported();
            } else if (nowNanos - batch.departedNanos() > graceNanos && batch.missReport() >= reportsMissedMax) {
                tryComeBack(batch.id(), nowNanos);
                lost.add(batch);
            }
        }
        return lost;
    }

    Collection<Batch> running() {
        return running.values();
    }

    Stay stay() {
        return stay;
    }

    boolean isStaying() {
        return stay == Stay.STAYING;
    }

    void toGoing(Stay newStay) {
        stay = newStay;
        if (newStay == Stay.DRAINING) {
            resize(0);
        }
    }

    /** The worker loaded it anew, with so many instances. */
    void toStaying(int newInstances) {
        stay = Stay.STAYING;
        resize(newInstances);
    }

    /** @param newer with those batch sizes at least that changed */
    void onStatistics(ModelStatistics newer) {
        statistics = newer.over(statistics);
    }

    ModelStatistics statistics() {
        return statistics;
    }
}
