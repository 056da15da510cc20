package io.gondola.scheduler.core;

import io.gondola.scheduler.collect.Heap;

/** One tenant within one class: what it has waiting, and how much service it had. */
final class Tenant extends Heap.Item {

    final String name;
    /** What waits, those passed over in this round included. */
    final Backlog backlog = new Backlog();
    /** By deadline, then arrival. */
    final Heap<Generation> waiting = Heap.byFirstPlace();
    /** How many times the service of one of weight 1 it is to get; as its newest request says. */
    int weight = 1;
    /** Weighted tokens it was given, by its own weight: the virtual token counter. */
    long service;
    /** Orders tenants of equal service: who has been waiting for service longer goes first. */
    long activeSince;

    int aboard;
    /** The part of {@link #service} that was given for what ended in the window at hand. */
    long servedInWindow;
    /** No deadline of what waits is later. */
    private long latestDeadlineNanos = Long.MIN_VALUE;

    Tenant(String name) {
        this.name = name;
    }

    void add(Generation generation) {
        boolean isFirst = backlog.requests == 0;
        latestDeadlineNanos =
                isFirst ? generation.deadlineNanos : Math.max(latestDeadlineNanos, generation.deadlineNanos);
        backlog.add(generation);
        show(generation);
    }

    void remove(Generation generation) {
        backlog.remove(generation);
        waiting.remove(generation);
    }

    /** It is in order again after it was passed over. */
    void show(Generation generation) {
        waiting.put(generation, generation.deadlineNanos, generation.arrivalNumber);
    }

    /** KV tokens that are sure to be served before a request with this deadline: all or none, for speed. */
    long backlogTokensBefore(long deadlineNanos) {
        return latestDeadlineNanos > deadlineNanos ? 0 : backlog.kvTokens;
    }

    boolean isIdle() {
        return backlog.requests == 0 && aboard == 0;
    }
}
