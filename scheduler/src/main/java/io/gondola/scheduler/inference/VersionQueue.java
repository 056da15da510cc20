package io.gondola.scheduler.inference;

import io.gondola.protocol.Instants;
import io.gondola.protocol.inference.BatchingSettings;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.LoadOrigin;
import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.TensorModel;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The queue of one version of a model, and the batcher: when a batch goes, and what is in it.
 *
 * <p>A batch goes to a free instance of a worker. If that is idle, at once. If it has come back within {@code
 * max_queue_delay}, as soon as one of these holds: the batch is full; it has a preferred size; it has as many rows as the
 * one that the instance came back from; what waits has waited {@code max_queue_delay}, or the instance has. So a lone
 * client never waits for company, and many clients that answer each result with another request stay together, instead of
 * the first of them leaving alone while all others have just missed it.
 *
 * <p>A batch begins with the first in order and takes what is compatible behind it, in order, until the next does not fit.
 * What is incompatible is passed over, and loses nothing by it: it comes no later than without its company.
 */
final class VersionQueue {

    private TensorModel model;
    private LoadOrigin origin;
    private final InferenceLimits limits;
    private final InferenceLine line;
    private final Map<String, Seat> seats = new LinkedHashMap<>();
    private final RowRate rate = new RowRate();
    private final LongSupplier batchIds;
    private long seatlessSinceNanos;
    private ModelStatistics.Spent refused = ModelStatistics.Spent.NONE;
    private long rounds;

    /** @param batchIds the next number of a batch */
    VersionQueue(
            ToInferenceScheduler.ModelLoaded loaded, InferenceLimits limits, LongSupplier batchIds, long nowNanos) {
        this.model = loaded.model();
        this.origin = loaded.origin();
        this.limits = limits;
        this.batchIds = batchIds;
        this.line = new InferenceLine(limits);
        this.seatlessSinceNanos = nowNanos;
    }

    TensorModel model() {
        return model;
    }

    /** What the last worker that was welcomed loaded it from. */
    LoadOrigin origin() {
        return origin;
    }

    /** A worker has loaded it, maybe again and with other settings; answers whether there is room for this worker. */
    boolean tryWelcome(ToInferenceScheduler.ModelLoaded loaded) {
        Seat seat = seats.get(loaded.workerId());
        if (seat == null && seats.size() >= limits.known().workersMax()) {
            return false;
        }
        model = loaded.model();
        origin = loaded.origin();
        if (seat == null) {
            seat = new Seat(loaded.workerId());
            seats.put(loaded.workerId(), seat);
        }
        seat.toStaying(model.batching().instanceCount());
        return true;
    }

    /** Somebody else who stays with it; null for nobody. */
    @Nullable
    String tryOtherWorker(String workerId) {
        return seats.values().stream()
                .filter(seat -> seat.isStaying() && !seat.workerId().equals(workerId))
                .map(Seat::workerId)
                .findFirst()
                .orElse(null);
    }

    BatchingSettings batching() {
        return model.batching();
    }

    InferenceLine line() {
        return line;
    }

    RowRate rate() {
        return rate;
    }

    Collection<Seat> seats() {
        return seats.values();
    }

    @Nullable
    Seat trySeat(String workerId) {
        return seats.get(workerId);
    }

    void removeSeat(Seat seat, long nowNanos) {
        seats.remove(seat.workerId());
        seatlessSinceNanos = nowNanos;
    }

    /** Whether some worker stays with it. */
    boolean hasStayingSeat() {
        return seats.values().stream().anyMatch(Seat::isStaying);
    }

    int stayingCount() {
        return (int) seats.values().stream().filter(Seat::isStaying).count();
    }

    /** Whether it is being unloaded everywhere: it finishes what waits and takes nothing new. */
    boolean isLeaving() {
        return !seats.isEmpty() && seats.values().stream().allMatch(seat -> seat.stay() == Seat.Stay.UNLOADING);
    }

    /** Whether nobody has had it for so long that it is not known any more. */
    boolean isForgotten(long nowNanos) {
        boolean isUnused = seats.isEmpty() && line.size() == 0;
        return isUnused && nowNanos - seatlessSinceNanos >= limits.absence().forgottenNanos();
    }

    /** One was refused after it had waited. */
    void onRefused(long waitedNanos) {
        refused = refused.plus(waitedNanos);
    }

    /** Of all workers that have it, and of what never came to one. */
    ModelStatistics statistics() {
        ModelStatistics all = ModelStatistics.NONE.plusFailed(refused);
        for (Seat seat : seats.values()) {
            all = all.plus(seat.statistics());
        }
        return all;
    }

    /** Lets workers that leave go, unless they are needed; answers whether that was the end of this version. */
    boolean releaseSeats(long nowNanos, InferenceOutbox outbox) {
        boolean isLeaving = isLeaving();
        for (Seat seat : List.copyOf(seats.values())) {
            boolean isNeeded = !seat.running().isEmpty() || (isLeaving && line.size() > 0);
            if (!seat.isStaying() && !isNeeded) {
                removeSeat(seat, nowNanos);
                outbox.tellWorker(seat.workerId(), new ToInferenceWorker.Released(model.name(), model.version()));
            }
        }
        return isLeaving && seats.isEmpty();
    }

    int instances() {
        return seats.values().stream()
                .mapToInt(seat -> seat.freeCount() + seat.running().size())
                .sum();
    }

    /** When one that waits without any worker is given up. */
    long heldUntilNanos(Inference inference) {
        long sinceNanos = Math.max(inference.arrivalNanos(), seatlessSinceNanos);
        return Instants.after(sinceNanos, limits.absence().heldNanosMax());
    }

    /** Sends what may go now. */
    void dispatch(long nowNanos, InferenceOutbox outbox) {
        Inference head = line.tryHead(nowNanos);
        Seat seat = head == null ? null : tryFreeSeat();
        while (head != null && seat != null && mayGo(seat.tryFree(), head, nowNanos)) {
            depart(seat, head, nowNanos, outbox);
            head = line.tryHead(nowNanos);
            seat = head == null ? null : tryFreeSeat();
        }
    }

    /** When it should be looked at if nothing happens before. */
    long nextDueNanos() {
        Inference firstDue = line.tryFirstDue();
        Inference oldest = line.tryOldest();
        if (firstDue == null || oldest == null) {
            return Long.MAX_VALUE;
        }
        long due = Math.min(firstDue.dueNanos(), nextDispatchNanos(oldest));
        return seats.isEmpty() ? Math.min(due, heldUntilNanos(oldest)) : due;
    }

    /** When {@link #dispatch} should be tried if nothing happens before. */
    private long nextDispatchNanos(Inference oldest) {
        Seat seat = tryFreeSeat();
        Seat.Free free = seat == null ? null : seat.tryFree();
        if (free == null) {
            return Long.MAX_VALUE;
        }
        return Math.min(delayEndNanos(free.sinceNanos()), delayEndNanos(oldest.arrivalNanos()));
    }

    private long delayEndNanos(long sinceNanos) {
        return Instants.after(sinceNanos, batching().maxQueueDelayNanos());
    }

    private boolean mayGo(Seat.@Nullable Free free, Inference head, long nowNanos) {
        if (free == null) {
            return false;
        }
        boolean isIdle = delayEndNanos(free.sinceNanos()) <= nowNanos;
        return isIdle || isFull(head, free.rows()) || isDelayOver(nowNanos);
    }

    private boolean isFull(Inference head, int rowsBefore) {
        int rows = line.rowsOf(head.shapeKey());
        int[] preferred = batching().preferredBatchSizes();
        return rows >= batching().maxBatchSize()
                || rows >= rowsBefore
                || (preferred.length > 0 && rows >= preferred[0]);
    }

    private boolean isDelayOver(long nowNanos) {
        Inference oldest = line.tryOldest();
        return oldest != null && delayEndNanos(oldest.arrivalNanos()) <= nowNanos;
    }

    /** The one whose instance has been free for longest; one that leaves only when none stays. */
    private @Nullable Seat tryFreeSeat() {
        boolean isLeaving = isLeaving();
        Seat best = null;
        long bestSinceNanos = Long.MAX_VALUE;
        for (Seat seat : seats.values()) {
            Seat.Free free = isLeaving || seat.isStaying() ? seat.tryFree() : null;
            if (free != null && (best == null || free.sinceNanos() < bestSinceNanos)) {
                best = seat;
                bestSinceNanos = free.sinceNanos();
            }
        }
        return best;
    }

    private void depart(Seat seat, Inference head, long nowNanos, InferenceOutbox outbox) {
        List<Inference> chosen = take(head, nowNanos);
        Batch batch = new Batch(batchIds.getAsLong(), chosen, nowNanos);
        seat.depart(batch);
        List<InferenceRequest> requests = new ArrayList<>();
        List<Long> queueNanos = new ArrayList<>();
        for (Inference inference : chosen) {
            requests.add(inference.request().toVersion(model.version(), inference.deadlineNanos() - nowNanos));
            queueNanos.add(nowNanos - inference.arrivalNanos());
        }
        outbox.tellWorker(
                seat.workerId(),
                new ToInferenceWorker.RunBatch(model.name(), model.version(), batch.id(), requests, queueNanos));
        outbox.add(
                new InferenceEffect.Departed(model.name(), model.version(), seat.workerId(), queueNanos, batch.rows()));
    }

    private List<Inference> take(Inference head, long nowNanos) {
        line.onDeparture(head, nowNanos);
        int rowsMax = rowsMax(head);
        List<Inference> chosen = new ArrayList<>();
        int rows = 0;
        int passedOver = 0;
        long round = ++rounds;
        Inference next = head;
        while (next != null && passedOver <= limits.order().incompatibleMax()) {
            if (!next.shapeKey().equals(head.shapeKey())) {
                next.passOver(round);
                passedOver++;
            } else if (chosen.isEmpty() || rows + next.rows() <= rowsMax) {
                line.remove(next, true);
                next.toRunning();
                chosen.add(next);
                rows += next.rows();
            } else {
                break;
            }
            next = rows < rowsMax ? line.tryNext(round) : null;
        }
        return chosen;
    }

    /** The largest preferred size that what waits can fill, otherwise the most there is room for. */
    private int rowsMax(Inference head) {
        int rows = line.rowsOf(head.shapeKey());
        int rowsMax = batching().maxBatchSize();
        for (int preferred : batching().preferredBatchSizes()) {
            if (preferred <= rows) {
                rowsMax = preferred;
            }
        }
        return rowsMax;
    }
}
