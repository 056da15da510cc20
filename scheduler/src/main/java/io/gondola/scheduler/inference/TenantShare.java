package io.gondola.scheduler.inference;

import io.gondola.protocol.GenerationRequest;
import java.util.Comparator;
import java.util.NavigableSet;
import java.util.TreeSet;

/** What one tenant has waiting in one {@link FairLine}, and how much service it was given. */
final class TenantShare {

    /** Least service first; among equals, who has been waiting for service longer. */
    static final Comparator<TenantShare> BY_SERVICE =
            Comparator.<TenantShare>comparingLong(t -> t.service).thenComparingLong(t -> t.activeSince);

    private final String name;
    private final NavigableSet<Inference> waiting = new TreeSet<>(Inference.BY_DEADLINE);
    private long waitingRows;
    /** How many times the service of one of weight 1 it is to get; as its newest request says. */
    private int weight = 1;
    /** Rows, by its weight: {@link GenerationRequest#TENANT_WEIGHT_MAX} for one of weight 1. */
    private long service;

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
        weight = inference.request().tenantWeight();
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

    long service() {
        return service;
    }

    /** To be called only while the tenant is in no ordered set. */
    void addService(long rows) {
        service += rows * GenerationRequest.TENANT_WEIGHT_MAX / weight;
    }

    /** It has something waiting again: credit from its idle time is not hoarded. */
    void activate(long serviceFloor, long activation) {
        service = Math.max(service, serviceFloor);
        activeSince = activation;
    }
}
