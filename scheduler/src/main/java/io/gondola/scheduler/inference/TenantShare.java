package io.gondola.scheduler.inference;

import java.util.Comparator;
import java.util.NavigableSet;
import java.util.TreeSet;

/** What one tenant has waiting in one {@link FairLine}, and how many rows it was given. */
final class TenantShare {

    /** Least service first; among equals, who has been waiting for service longer. */
    static final Comparator<TenantShare> BY_SERVICE =
            Comparator.<TenantShare>comparingLong(t -> t.serviceRows).thenComparingLong(t -> t.activeSince);

    private final String name;
    private final NavigableSet<Inference> waiting = new TreeSet<>(Inference.BY_DEADLINE);
    private long waitingRows;
    private long serviceRows;
    private long activeSince;

    TenantShare(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    NavigableSet<Inference> waiting() {
        return waiting;
    }

    void add(Inference inference) {
        waiting.add(inference);
        waitingRows += inference.rows();
    }

    void remove(Inference inference) {
        waiting.remove(inference);
        waitingRows -= inference.rows();
    }

    /** Rows with deadlines no later than this: as a rule all of them, without a look at each. */
    long rowsBefore(long deadlineNanos) {
        if (waiting.isEmpty() || waiting.last().deadlineNanos() <= deadlineNanos) {
            return waitingRows;
        }
        long rows = 0;
        for (Inference inference : waiting) {
            if (inference.deadlineNanos() > deadlineNanos) {
                break;
            }
            rows += inference.rows();
        }
        return rows;
    }

    long serviceRows() {
        return serviceRows;
    }

    /** To be called only while the tenant is in no ordered set. */
    void addService(long rows) {
        serviceRows += rows;
    }

    /** It has something waiting again: credit from its idle time is not hoarded. */
    void activate(long serviceFloor, long activation) {
        serviceRows = Math.max(serviceRows, serviceFloor);
        activeSince = activation;
    }
}
