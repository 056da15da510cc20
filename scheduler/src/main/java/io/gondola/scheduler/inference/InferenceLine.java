package io.gondola.scheduler.inference;

import io.gondola.protocol.RequestClass;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything that waits for one version of a model: class by class, in each of them those in time before those that are
 * late ({@code timeout_action: delay}), and each by {@link FairLine}.
 *
 * <p>Nobody waits for ever. Of every {@code agedEvery} batches in a row at least one begins with the oldest inference of
 * all, whatever its class or tenant, if that has waited {@code agingNanos}; so one that is aged and has {@code p} older
 * ones before it departs within the next {@code agedEvery * (p + 1)} batches.
 */
final class InferenceLine {

    /** Rounds count from 1, and nothing is ever passed over in this one. */
    private static final long NO_ROUND = -1;

    private static final int CLASSES = RequestClass.values().length;

    private final InferenceLimits limits;
    private final List<FairLine> inTime = new ArrayList<>(CLASSES);
    private final List<FairLine> late = new ArrayList<>(CLASSES);
    private final TreeSet<Inference> byArrival = new TreeSet<>(Inference.BY_ARRIVAL);
    private final TreeSet<Inference> byDue = new TreeSet<>(Inference.BY_DUE);
    private final Map<String, Integer> rowsByShape = new HashMap<>();
    private final Map<String, Integer> sizeByTenant = new HashMap<>();
    private long bytes;
    private long rows;
    private int batchesSinceAged;

    InferenceLine(InferenceLimits limits) {
        this.limits = limits;
        for (int i = 0; i < CLASSES; i++) {
            inTime.add(new FairLine(limits.order().idleTenantsMax()));
            late.add(new FairLine(limits.order().idleTenantsMax()));
        }
    }

    void add(Inference inference) {
        lineOf(inference).add(inference);
        byArrival.add(inference);
        byDue.add(inference);
        rowsByShape.merge(inference.shapeKey(), inference.rows(), Integer::sum);
        sizeByTenant.merge(inference.tenant(), 1, Integer::sum);
        bytes += inference.bytes();
        rows += inference.rows();
    }

    /** Takes it out, and charges its tenant if it was served. */
    void remove(Inference inference, boolean isServed) {
        lineOf(inference).remove(inference, isServed);
        byArrival.remove(inference);
        byDue.remove(inference);
        rowsByShape.computeIfPresent(
                inference.shapeKey(), (key, sum) -> sum == inference.rows() ? null : sum - inference.rows());
        sizeByTenant.computeIfPresent(inference.tenant(), (tenant, size) -> size == 1 ? null : size - 1);
        bytes -= inference.bytes();
        rows -= inference.rows();
    }

    /** It waited too long for its model's policy, and goes behind those that did not. */
    void putBehind(Inference inference) {
        remove(inference, false);
        inference.toLate();
        add(inference);
    }

    /** The one that the next batch begins with. */
    @Nullable
    Inference tryHead(long nowNanos) {
        if (byArrival.isEmpty()) {
            return null;
        }
        Inference oldest = byArrival.first();
        return isAgedTurn(oldest, nowNanos) ? oldest : tryNext(NO_ROUND);
    }

    /** The first in order that was not passed over in this round. */
    @Nullable
    Inference tryNext(long round) {
        for (int i = 0; i < CLASSES; i++) {
            Inference next = inTime.get(i).tryNext(round);
            if (next == null) {
                next = late.get(i).tryNext(round);
            }
            if (next != null) {
                return next;
            }
        }
        return null;
    }

    /** A batch that begins with this one departs. */
    void onDeparture(Inference head, long nowNanos) {
        boolean isOldest = !byArrival.isEmpty() && byArrival.first() == head;
        batchesSinceAged = isOldest && isAged(head, nowNanos) ? 0 : batchesSinceAged + 1;
    }

    @Nullable
    Inference tryOldest() {
        return byArrival.isEmpty() ? null : byArrival.first();
    }

    /** The one that something must be done about first. */
    @Nullable
    Inference tryFirstDue() {
        return byDue.isEmpty() ? null : byDue.first();
    }

    /** In the order of arrival, as it is now. */
    List<Inference> all() {
        return List.copyOf(byArrival);
    }

    /** Rows that could be one batch with such a shape. */
    int rowsOf(String shapeKey) {
        return rowsByShape.getOrDefault(shapeKey, 0);
    }

    int sizeOf(RequestClass requestClass) {
        return inTime.get(requestClass.ordinal()).size()
                + late.get(requestClass.ordinal()).size();
    }

    int sizeOf(String tenant) {
        return sizeByTenant.getOrDefault(tenant, 0);
    }

    /** Rows that are sure to be served before such a request: those of more urgent classes, and its tenant's own. */
    long rowsBefore(RequestClass requestClass, String tenant, long deadlineNanos) {
        long before = inTime.get(requestClass.ordinal()).rowsBefore(tenant, deadlineNanos);
        for (int moreUrgent = 0; moreUrgent < requestClass.ordinal(); moreUrgent++) {
            before += inTime.get(moreUrgent).rows() + late.get(moreUrgent).rows();
        }
        return before;
    }

    int size() {
        return byArrival.size();
    }

    long rows() {
        return rows;
    }

    long bytes() {
        return bytes;
    }

    private boolean isAgedTurn(Inference oldest, long nowNanos) {
        return limits.order().agedEvery() > 0
                && batchesSinceAged >= limits.order().agedEvery() - 1
                && isAged(oldest, nowNanos);
    }

    private boolean isAged(Inference inference, long nowNanos) {
        return nowNanos - inference.arrivalNanos() >= limits.order().agingNanos();
    }

    private FairLine lineOf(Inference inference) {
        int index = inference.requestClass().ordinal();
        return inference.isLate() ? late.get(index) : inTime.get(index);
    }
}
