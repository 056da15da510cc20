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
