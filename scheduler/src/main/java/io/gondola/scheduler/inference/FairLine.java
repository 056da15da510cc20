package io.gondola.scheduler.inference;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Inferences of one class: the tenant with the least service first, then deadline, then arrival.
 *
 * <p>The rule is that of generations ({@code io.gondola.scheduler.core.ClassLine}, arXiv:2401.00588); but what an inference
 * costs is known when it departs, its rows by its tenant's weight, so nothing is ever given back.
 */
final class FairLine {

    private final int idleTenantsMax;
    private final Map<String, TenantShare> tenants = new HashMap<>();
    private final TreeSet<TenantShare> active = new TreeSet<>(TenantShare.BY_SERVICE);
    /** Tenants with nothing here, the longest idle first. */
    private final LinkedHashMap<String, TenantShare> idle = new LinkedHashMap<>();

    private long serviceOfLastToLeave;
    private long activations;
    private int size;
    private long rows;

    FairLine(int idleTenantsMax) {
        this.idleTenantsMax = idleTenantsMax;
    }

    void add(Inference inference) {
        TenantShare tenant = tenants.computeIfAbsent(inference.tenant(), TenantShare::new);
        idle.remove(tenant.name());
        if (tenant.waiting().isEmpty()) {
            long floor =
                    active.isEmpty() ? serviceOfLastToLeave : active.first().service();
            tenant.activate(floor, ++activations);
            active.add(tenant);
        }
        tenant.add(inference);
        size++;
        rows += inference.rows();
    }

    /** Takes it out, and charges its tenant if it was served. */
    void remove(Inference inference, boolean isServed) {
        TenantShare tenant = tenants.get(inference.tenant());
        if (tenant == null || !tenant.waiting().contains(inference)) {
            throw new IllegalStateException(inference.id() + " does not wait here");
        }
        active.remove(tenant);
        tenant.remove(inference);
        size--;
        rows -= inference.rows();
        if (isServed) {
            tenant.addService(inference.rows());
        }
        if (tenant.waiting().isEmpty()) {
            serviceOfLastToLeave = tenant.service();
            toIdle(tenant);
        } else {
            active.add(tenant);
        }
    }

    /** The first in order that was not passed over in this round. */
    @Nullable
    Inference tryNext(long round) {
        for (TenantShare tenant : active) {
            for (Inference inference : tenant.waiting()) {
                if (!inference.isPassedOverIn(round)) {
                    return inference;
                }
            }
        }
        return null;
    }

    int size() {
        return size;
    }

    long rows() {
        return rows;
    }

    /** Rows of a tenant with deadlines no later than this. */
    long rowsBefore(String tenant, long deadlineNanos) {
        TenantShare share = tenants.get(tenant);
        return share == null ? 0 : share.rowsBefore(deadlineNanos);
    }

    private void toIdle(TenantShare tenant) {
        idle.put(tenant.name(), tenant);
        if (idle.size() > idleTenantsMax) {
            String eldest = idle.keySet().iterator().next();
            idle.remove(eldest);
            tenants.remove(eldest);
        }
    }
}
