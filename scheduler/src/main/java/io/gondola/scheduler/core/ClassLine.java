package io.gondola.scheduler.core;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The line of one request class: the tenant with the least service first, then deadline, then arrival.
 *
 * <p>Service is counted as by the virtual token counter of "Fairness in Serving Large Language Models"
 * (arXiv:2401.00588): prompt and output tokens, each with a weight. The output is not known when a generation boards, so
 * its most is charged then and the rest given back when it ends. A tenant that comes back from idleness starts at the
 * least service of those waiting: it neither hoards credit nor is punished.
 *
 * <p>The bound: while two tenants both have requests waiting here, and no aged request of another order goes before
 * them, the counters of the two move apart by at most {@code (slots + 1)} times the weight of the largest request. A
 * tenant boards only while its counter is the least, which puts it ahead by one request at most; and what the other gets
 * back is at most the output of what it has aboard, one sequence for each slot.
 */
final class ClassLine {

    final Backlog backlog = new Backlog();
    private final SchedulerLimits limits;
    private final Map<String, Tenant> tenants = new HashMap<>();
    private final TreeSet<Tenant> active = new TreeSet<>(Tenant.BY_SERVICE);
    /** Tenants with nothing here, the longest idle first. */
    private final LinkedHashMap<String, Tenant> idle = new LinkedHashMap<>();

    private long serviceOfLastToLeave;
    private long activations;

    ClassLine(SchedulerLimits limits) {
        this.limits = limits;
    }

    void add(Generation generation) {
        Tenant tenant = tenants.computeIfAbsent(generation.request.tenant(), Tenant::new);
        idle.remove(tenant.name);
        if (tenant.waiting().isEmpty()) {
            long floor =
                    active.isEmpty() ? serviceOfLastToLeave : active.first().service();
            tenant.activate(floor, ++activations);
            active.add(tenant);
        }
        tenant.add(generation);
        backlog.add(generation);
    }

    /** Takes it out without service: it was cancelled, or refused. */
    void remove(Generation generation) {
        Tenant tenant = takeOut(generation);
        afterChange(tenant);
    }

    /** Takes it out to a worker and charges the tenant. */
    void board(Generation generation) {
        Tenant tenant = takeOut(generation);
        tenant.countAboard(1);
        active.remove(tenant);
        generation.charge = serviceUnits(generation.promptTokens, generation.outputTokensMax());
        tenant.addService(generation.charge);
        if (tenant.waiting().isEmpty()) {
            serviceOfLastToLeave = tenant.service();
        } else {
            active.add(tenant);
        }
    }

    /**
     * A generation that boarded has ended: what it did not use is given back. So is its prompt when it must go on
     * elsewhere, through no fault of the tenant.
     */
    void settle(Generation generation, int outputTokens, boolean goesOn) {
        Tenant tenant = tenantOf(generation);
        int used = Math.max(0, Math.min(outputTokens, generation.outputTokensMax()));
        boolean isActive = active.remove(tenant);
        tenant.addService(serviceUnits(goesOn ? 0 : generation.promptTokens, used) - generation.charge);
        if (isActive) {
            active.add(tenant);
        }
        tenant.countAboard(-1);
        afterChange(tenant);
    }

    /** The first in order that was not passed over in this round. */
    @Nullable
    Generation tryNext(long round) {
        for (Tenant tenant : active) {
            for (Generation generation : tenant.waiting()) {
                if (!generation.isPassedOverIn(round)) {
                    return generation;
                }
            }
        }
        return null;
    }

    /** The first in order. */
    @Nullable
    Generation tryFirst() {
        return active.isEmpty() ? null : active.first().waiting().first();
    }

    int size() {
        return backlog.requests;
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

    private Tenant tenantOf(Generation generation) {
        Tenant tenant = tenants.get(generation.request.tenant());
        if (tenant == null) {
            throw new IllegalStateException("no tenant for " + generation.ref);
        }
        return tenant;
    }

    private Tenant takeOut(Generation generation) {
        Tenant tenant = tenantOf(generation);
        tenant.remove(generation);
        backlog.remove(generation);
        return tenant;
    }

    private void afterChange(Tenant tenant) {
        if (tenant.waiting().isEmpty() && active.remove(tenant)) {
            serviceOfLastToLeave = tenant.service();
        }
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
