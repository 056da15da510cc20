package io.gondola.scheduler.core;

import io.gondola.protocol.Instants;
import io.gondola.protocol.RequestClass;
import io.gondola.scheduler.collect.Procession;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Everything that waits: by class and, within it, by {@link ClassLine}; also by deadline and by arrival. Every operation
 * costs O(log n) or less, save to look for what is too large.
 *
 * <p>Nobody waits for ever. Of every {@code agedEvery} boardings in a row at least one goes to the oldest request of all,
 * whatever its class or tenant, if that has waited {@code agingNanos} and has room. So a request that is aged, and has
 * {@code p} older ones before it, boards within the next {@code agedEvery * (p + 1)} boardings; and {@code p} is less
 * than the queue's limit in requests. Where a request is placed, and how slowly newcomers fill up, changes nothing of that:
 * room that somebody may take is room. A generation that was preempted waits anew, as its next attempt, and is preempted
 * {@code preemptionsMax} times at most.
 */
final class WaitingLine {

    final Backlog backlog = new Backlog();
    private final SchedulerLimits limits;
    /** By the ordinals of their classes: the most urgent first. */
    private final ClassLine[] classes = new ClassLine[RequestClass.values().length];

    private final Procession<Generation> byArrival = new Procession<>();
    private int boardedSinceAged;
    private long windowEndNanos = Long.MIN_VALUE;

    WaitingLine(SchedulerLimits limits) {
        this.limits = limits;
        Arrays.setAll(classes, requestClass -> new ClassLine(limits));
    }

    /** Begins another window of what {@link ClassLine#fairness} tells when it is time. */
    void onTime(long nowNanos) {
        if (nowNanos >= windowEndNanos) {
            windowEndNanos = Instants.after(nowNanos, limits.order().fairnessWindowNanos());
            for (ClassLine line : classes) {
                line.endWindow();
            }
        }
    }

    ClassLine of(RequestClass requestClass) {
        return classes[requestClass.ordinal()];
    }

    void add(Generation generation) {
        of(generation.requestClass).add(generation);
        backlog.add(generation);
        byArrival.add(generation);
    }

    void remove(Generation generation) {
        of(generation.requestClass).remove(generation);
        forget(generation);
    }

    void board(Generation generation, long nowNanos) {
        boolean isAged = generation == tryOldest() && isAged(generation, nowNanos);
        boardedSinceAged = isAged ? 0 : boardedSinceAged + 1;
        of(generation.requestClass).board(generation);
        forget(generation);
    }

    /** The next that should board among those not hidden. */
    @Nullable
    Generation tryNext(long nowNanos) {
        Generation oldest = tryOldest();
        if (oldest != null && oldest.isPlaced() && isTurnOfAged(nowNanos)) {
            return oldest;
        }
        for (ClassLine line : classes) {
            Generation next = line.tryFirst();
            if (next != null) {
                return next;
            }
        }
        return null;
    }

    /** Whether the next boarding is the oldest's. */
    boolean isTurnOfAged(long nowNanos) {
        int agedEvery = limits.order().agedEvery();
        Generation oldest = tryOldest();
        return agedEvery > 0 && boardedSinceAged >= agedEvery - 1 && oldest != null && isAged(oldest, nowNanos);
    }

    @Nullable
    Generation tryOldest() {
        return byArrival.tryFirst();
    }

    @Nullable
    Generation tryEarliestDeadline() {
        Generation earliest = null;
        for (ClassLine line : classes) {
            Generation each = line.tryEarliestDeadline();
            boolean isEarlier = each != null && (earliest == null || each.deadlineNanos < earliest.deadlineNanos);
            earliest = isEarlier ? each : earliest;
        }
        return earliest;
    }

    /** In the order of arrival, all such. */
    List<Generation> inOrderOfArrival(Predicate<Generation> wanted) {
        List<Generation> all = new ArrayList<>();
        for (Generation each = tryOldest(); each != null; each = byArrival.tryBehind(each)) {
            if (wanted.test(each)) {
                all.add(each);
            }
        }
        return all;
    }

    int size() {
        return backlog.requests;
    }

    /** What waits of a tenant, in all classes. */
    Backlog backlogOf(String tenant) {
        Backlog all = new Backlog();
        for (ClassLine line : classes) {
            Backlog known = line.tryBacklogOf(tenant);
            if (known != null) {
                all.add(known);
            }
        }
        return all;
    }

    /** KV tokens that are sure to be served before such a request: those of more urgent classes, and its tenant's own. */
    long backlogTokensBefore(RequestClass requestClass, String tenant, long deadlineNanos) {
        long tokens = 0;
        for (int moreUrgent = 0; moreUrgent < requestClass.ordinal(); moreUrgent++) {
            tokens += classes[moreUrgent].backlog.kvTokens;
        }
        return tokens + of(requestClass).backlogTokensBefore(tenant, deadlineNanos);
    }

    private boolean isAged(Generation generation, long nowNanos) {
        return nowNanos - generation.arrivalNanos >= limits.order().agingNanos();
    }

    private void forget(Generation generation) {
        byArrival.remove(generation);
        backlog.remove(generation);
    }
}
