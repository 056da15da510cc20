package io.gondola.scheduler.core;

import java.util.Comparator;
import java.util.NavigableSet;
import java.util.TreeSet;

/** One tenant within one class: what it has waiting, and how much service it had. */
final class Tenant {

    /** Least service first; among equals, who has been waiting for service longer. */
    static final Comparator<Tenant> BY_SERVICE =
            Comparator.<Tenant>comparingLong(t -> t.service).thenComparingLong(t -> t.activeSince);

    private final String name;
    private final NavigableSet<Generation> waiting = new TreeSet<>(Generation.BY_DEADLINE);
    private long service;
    private long activeSince;
    private int aboard;

    Tenant(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    /** Weighted tokens it was given: the virtual token counter. */
    long service() {
        return service;
    }

    /** To be called only while the tenant is in no ordered set. */
    void addService(long units) {
        service += units;
    }

    /** It has something waiting again: credit from its idle time is not hoarded. */
    void activate(long serviceFloor, long activation) {
        service = Math.max(service, serviceFloor);
        activeSince = activation;
    }

    NavigableSet<Generation> waiting() {
        return waiting;
    }

    void countAboard(int change) {
        aboard += change;
    }

    boolean isIdle() {
        return waiting.isEmpty() && aboard == 0;
    }
}
