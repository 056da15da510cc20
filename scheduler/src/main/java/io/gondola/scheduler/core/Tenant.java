package io.gondola.scheduler.core;

import java.util.Comparator;
import java.util.NavigableSet;
import java.util.TreeSet;

/** One tenant within one class: what it has waiting, and how much service it had. */
final class Tenant {

    /** Least service first; among equals, who has been waiting for service longer. */
    static final Comparator<Tenant> BY_SERVICE =
            Comparator.<Tenant>comparingLong(t -> t.service).thenComparingLong(t -> t.activeSince);

    final String name;
    final Backlog backlog = new Backlog();
    private final NavigableSet<Generation> waiting = new TreeSet<>(Generation.BY_DEADLINE);
    private long service;
    private long activeSince;
    private int aboard;

    Tenant(String name) {
        this.name = name;
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

    void add(Generation generation) {
        waiting.add(generation);
        backlog.add(generation);
    }

    void remove(Generation generation) {
        waiting.remove(generation);
        backlog.remove(generation);
    }

    NavigableSet<Generation> waiting() {
        return waiting;
    }

    /** KV tokens that are sure to be served before a request with this deadline: all or none, for speed. */
    long backlogTokensBefore(long deadlineNanos) {
        return waiting.isEmpty() || waiting.last().deadlineNanos > deadlineNanos ? 0 : backlog.kvTokens;
    }

    void countAboard(int change) {
        aboard += change;
    }

    boolean isIdle() {
        return waiting.isEmpty() && aboard == 0;
    }
}
