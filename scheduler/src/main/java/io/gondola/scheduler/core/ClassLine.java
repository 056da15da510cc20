package io.gondola.scheduler.core;

import io.gondola.protocol.GenerationRequest;
import io.gondola.scheduler.collect.Heap;
import io.gondola.scheduler.collect.JainIndex;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The line of one request class: the tenant with the least service first, then deadline, then arrival.
 *
 * <p>Service is counted as by the virtual token counter of "Fairness in Serving Large Language Models"
 * (arXiv:2401.00588): prompt and output tokens, each with a weight. The output is not known when a generation boards, so
 * its most is charged then and the rest given back when it ends. A tenant of weight {@code w} is charged a {@code w}th, so
 * that it gets {@code w} times as much as one of weight 1 while both wait. A tenant that comes back from idleness starts
 * at the least service of those waiting: it neither hoards credit nor is punished.
 *
 * <p>The bound: while two tenants both have requests waiting here, and no aged request of another order goes before
 * them, the counters of the two move apart by at most {@code (slots + 1)} times what the largest request is charged. A
 * tenant boards only while its counter is the least, which puts it ahead by one request at most; and what the other gets
 * back is at most the output of what it has aboard, one sequence for each slot.
 */
final class ClassLine {

    final Backlog backlog = new Backlog();
    private final SchedulerLimits limits;
    private final Map<String, Tenant> tenants = new HashMap<>();
    /** Those with something in order, by service. */
    private final Heap<Tenant> active = Heap.byFirstPlace();
    /** The same, by the earliest deadline of what waits. */
    private final Heap<Tenant> byDeadline = Heap.bySecondPlace();
    /** Tenants with nothing here, the longest idle first. */
    private final LinkedHashMap<String, Tenant> idle = new LinkedHashMap<>();

    /** Jain's index of the last window; 1 while no two tenants were active. */
    double fairness = 1;

    private long serviceOfLastToLeave;
    private long activations;

    ClassLine(SchedulerLimits limits) {
        this.limits = limits;
    }

    void add(Generation generation) {
        Tenant tenant = tenants.computeIfAbsent(generation.request().tenant(), Tenant::new);
        generation.tenant = tenant;
        tenant.weight = generation.request().tenantWeight();
        if (tenant.isIdle()) {
            idle.remove(tenant.name);
        }
        if (tenant.backlog.requests == 0) {
            Tenant least = active.tryFirst();
            // Credit from its idle time is not hoarded.
            tenant.service = Math.max(tenant.service, least == null ? serviceOfLastToLeave : least.service);
            tenant.activeSince = ++activations;
        }
        tenant.add(generation);
        backlog.add(generation);
        order(tenant);
    }

    /** Takes it out; without service, if it was cancelled, or refused. */
    void remove(Generation generation) {
        Tenant tenant = generation.tenant();
        tenant.remove(generation);
        backlog.remove(generation);
        if (tenant.backlog.requests == 0) {
            serviceOfLastToLeave = tenant.service;
        }
        order(tenant);
        forgetIfIdle(tenant);
    }

    /** Takes it out to a worker and charges the tenant. */
    void board(Generation generation) {
        Tenant tenant = generation.tenant();
        tenant.aboard++;
        generation.charge = charge(tenant, serviceUnits(generation.promptTokens, generation.outputTokensMax));
        tenant.service += generation.charge;
        remove(generation);
    }

    /**
     * A generation that boarded has ended: what it did not use is given back. So is its prompt when it must go on
     * elsewhere, through no fault of the tenant.
     */
    void settle(Generation generation, int outputTokens, boolean goesOn) {
        Tenant tenant = generation.tenant();
        int used = Math.max(0, Math.min(outputTokens, generation.outputTokensMax));
        long served = serviceUnits(goesOn ? 0 : generation.promptTokens, used);
        tenant.servedInWindow += served;
        tenant.service += charge(tenant, served) - generation.charge;
        tenant.aboard--;
        order(tenant);
        forgetIfIdle(tenant);
    }

    /**
     * Ends a window: {@link #fairness} becomes Jain's index over the tenants that were served in it or have something
     * waiting, of their service, in weighted tokens by the tenant's weight, by what ended.
     */
    void endWindow() {
        JainIndex index = new JainIndex();
        for (Tenant tenant : tenants.values()) {
            if (tenant.servedInWindow > 0 || tenant.backlog.requests > 0) {
                index.add((double) tenant.servedInWindow / tenant.weight);
            }
            tenant.servedInWindow = 0;
        }
        fairness = index.value();
    }

    /** Until {@link #show}, this one is not in order. */
    void hide(Generation generation) {
        generation.tenant().waiting.remove(generation);
        order(generation.tenant());
    }

    void show(Generation generation) {
        generation.tenant().show(generation);
        order(generation.tenant());
    }

    /** The first in order. */
    @Nullable
    Generation tryFirst() {
        Tenant first = active.tryFirst();
        return first == null ? null : first.waiting.tryFirst();
    }

    @Nullable
    Generation tryEarliestDeadline() {
        Tenant first = byDeadline.tryFirst();
        return first == null ? null : first.waiting.tryFirst();
    }

    /** What waits here of a tenant. */
    @Nullable
    Backlog tryBacklogOf(String tenant) {
        Tenant known = tenants.get(tenant);
        return known == null ? null : known.backlog;
    }

    /** KV tokens that are sure to be served here before such a request. */
    long backlogTokensBefore(String tenant, long deadlineNanos) {
        Tenant known = tenants.get(tenant);
        return known == null ? 0 : known.backlogTokensBefore(deadlineNanos);
    }

    private long serviceUnits(long promptTokens, long outputTokens) {
        return promptTokens * limits.order().promptTokenWeight()
                + outputTokens * limits.order().outputTokenWeight();
    }

    /** Fine enough for all weights to divide it well. */
    private static long charge(Tenant tenant, long serviceUnits) {
        return serviceUnits * GenerationRequest.TENANT_WEIGHT_MAX / tenant.weight;
    }

    private void order(Tenant tenant) {
        Generation first = tenant.waiting.tryFirst();
        if (first == null) {
            active.remove(tenant);
            byDeadline.remove(tenant);
        } else {
            active.put(tenant, tenant.service, tenant.activeSince);
            byDeadline.put(tenant, first.deadlineNanos, first.arrivalNumber);
        }
    }

    private void forgetIfIdle(Tenant tenant) {
        if (tenant.isIdle()) {
            idle.put(tenant.name, tenant);
            if (idle.size() > limits.memory().idleTenantsMax()) {
                String eldest = idle.keySet().iterator().next();
                idle.remove(eldest);
                tenants.remove(eldest);
            }
        }
    }
}
