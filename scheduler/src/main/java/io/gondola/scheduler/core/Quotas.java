package io.gondola.scheduler.core;

import io.gondola.protocol.RequestClass;

/**
 * What may wait of one class, and of one tenant over all classes, within what may wait in all.
 *
 * @param interactive of class interactive
 * @param standard of class standard
 * @param batch of class batch
 * @param tenant of any one tenant
 */
public record Quotas(Quota interactive, Quota standard, Quota batch, Quota tenant) {

    /** No bounds other than those of the whole queue. */
    public static Quotas none() {
        return new Quotas(Quota.NONE, Quota.NONE, Quota.NONE, Quota.NONE);
    }

    public Quota of(RequestClass requestClass) {
        return switch (requestClass) {
            case INTERACTIVE -> interactive;
            case STANDARD -> standard;
            case BATCH -> batch;
        };
    }

    public Quotas with(RequestClass requestClass, Quota quota) {
        return new Quotas(
                requestClass == RequestClass.INTERACTIVE ? quota : interactive,
                requestClass == RequestClass.STANDARD ? quota : standard,
                requestClass == RequestClass.BATCH ? quota : batch,
                tenant);
    }

    public Quotas withTenant(Quota quota) {
        return new Quotas(interactive, standard, batch, quota);
    }

    /**
     * One bound.
     *
     * @param requestsMax generations that may wait
     * @param tokensMax prompt tokens that may wait
     */
    public record Quota(int requestsMax, long tokensMax) {

        /** No bound. */
        public static final Quota NONE = new Quota(Integer.MAX_VALUE, Long.MAX_VALUE);

        public Quota {
            if (requestsMax < 1 || tokensMax < 1) {
                throw new IllegalArgumentException("quota of " + requestsMax + " requests, " + tokensMax + " tokens");
            }
        }
    }
}
