package io.gondola.scheduler.core;

import io.gondola.protocol.RequestClass;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Everything that waits: by class and, within it, by {@link ClassLine}; also by deadline and by arrival. Every operation
 * costs O(log n) or less.
 *
 * <p>Nobody waits for ever. Of every {@code agedEvery} boardings in a row at least one goes to the oldest request of all,
 * whatever its class or tenant, if that has waited {@code agingNanos} and has room. So a request that is aged, and has
 * {@code p} older ones before it, boards within the next {@code agedEvery * (p + 1)} boardings; and {@code p} is less
 * than the queue's limit in requests.
 */
final class WaitingLine {

    final Backlog backlog = new Backlog();
    private final SchedulerLimits limits;
    private final Map<RequestClass, ClassLine> classes = new EnumMap<>(RequestClass.class);
    private final LinkedHashSet<Generation> byArrival = new LinkedHashSet<>();
    private final TreeSet<Generation> byDeadline = new TreeSet<>(Generation.BY_DEADLINE);
    private int boardedSinceAged;

    WaitingLine(SchedulerLimits limits) {
        this.limits = limits;
        for (RequestClass requestClass : RequestClass.values()) {
            classes.put(requestClass, new ClassLine(limits));
        }
    }

    ClassLine of(RequestClass requestClass) {
        ClassLine line = classes.get(requestClass);
        if (line == null) {
            throw new IllegalStateException("no line for " + requestClass);
        }
        return line;
    }

    void add(Generation generation) {
        of(generation.requestClass()).add(generation);
        byArrival.add(generation);
        byDeadline.add(generation);
        backlog.add(generation);
    }

    void remove(Generation generation) {
        of(generation.requestClass()).remove(generation);
        forget(generation);
    }

    void board(Generation generation, long nowNanos) {
        Generation oldest = tryOldest();
        boolean isAged = generation == oldest && isAged(generation, nowNanos);
        boardedSinceAged = isAged ? 0 : boardedSinceAged + 1;
        of(generation.requestClass()).board(generation);
        forget(generation);
    }

    /** The next that should board among those not passed over in this round. */
    @Nullable
    Generation tryNext(long round, long nowNanos) {
        Generation oldest = tryOldest();
        if (oldest == null) {
            return null;
        }
        int agedEvery = limits.order().agedEvery();
        if (agedEvery > 0
                && boardedSinceAged >= agedEvery - 1
                && isAged(oldest, nowNanos)
                && !oldest.isPassedOverIn(round)) {
            return oldest;
        }
        for (ClassLine line : classes.values()) {
            Generation next = line.tryNext(round);
            if (next != null) {
                return next;
            }
        }
        return null;
    }

    @Nullable
    Generation tryOldest() {
        return byArrival.isEmpty() ? null : byArrival.iterator().next();
    }

    @Nullable
    Generation tryEarliestDeadline() {
        return byDeadline.isEmpty() ? null : byDeadline.first();
    }

    /** In the order of arrival. */
    Iterable<Generation> inOrderOfArrival() {
        return byArrival;
    }

    int size() {
        return byArrival.size();
    }

    /** What waits of a tenant, in all classes. */
    Backlog backlogOf(String tenant) {
        Backlog all = new Backlog();
        for (ClassLine line : classes.values()) {
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
        for (Map.Entry<RequestClass, ClassLine> entry : classes.entrySet()) {
            if (entry.getKey() == requestClass) {
                return tokens + entry.getValue().backlogTokensBefore(tenant, deadlineNanos);
            }
            tokens += entry.getValue().backlog.kvTokens;
        }
        return tokens;
    }

    private boolean isAged(Generation generation, long nowNanos) {
        return nowNanos - generation.arrivalNanos >= limits.order().agingNanos();
    }

    private void forget(Generation generation) {
        byArrival.remove(generation);
        byDeadline.remove(generation);
        backlog.remove(generation);
    }
}
