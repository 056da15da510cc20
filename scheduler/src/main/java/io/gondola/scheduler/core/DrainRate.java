package io.gondola.scheduler.core;

/**
 * How fast the workers give back reserved KV tokens while requests wait, over roughly the last {@code drainWindowNanos}
 * of such time: what an idle slot could have done is not counted against them. The unit is that of the backlog, so an
 * estimate needs no guess at how long outputs become.
 */
final class DrainRate {

    private static final double NANOS_PER_MILLI = 1e6;

    private final SchedulerLimits.RetryAfter limits;
    private double freedTokens;
    private double busyNanos;
    private long freedEver;

    DrainRate(SchedulerLimits.RetryAfter limits) {
        this.limits = limits;
    }

    void onBusy(long elapsedNanos) {
        busyNanos += elapsedNanos;
    }

    void onFreed(long kvTokens) {
        freedEver += kvTokens;
        freedTokens += kvTokens;
        // Only here, so that a model slower than the window is measured as slow as it is.
        if (busyNanos > 2.0 * limits.drainWindowNanos()) {
            double keep = limits.drainWindowNanos() / busyNanos;
            busyNanos *= keep;
            freedTokens *= keep;
        }
    }

    boolean isMeasured() {
        return freedTokens > 0 && busyNanos > 0;
    }

    /** Whether as much came back as is reserved now: before that the shortest ended, and most have had no time to. */
    boolean isSettled(long reservedTokens) {
        return isMeasured() && freedEver >= reservedTokens;
    }

    /** How long the workers take for this backlog; only once measured. */
    double drainNanos(long backlogTokens) {
        return backlogTokens * busyNanos / freedTokens;
    }

    /** How long this backlog takes, rounded up; 0 while nothing has been measured. */
    long estimateMillis(long backlogTokens) {
        return isMeasured() ? (long) Math.ceil(drainNanos(backlogTokens) / NANOS_PER_MILLI) : 0;
    }

    /**
     * When a refused client should try again: backlog by drain rate, within the limits, and up to a tenth later so that
     * those refused together do not come back together.
     *
     * @param spread any bits that differ between requests
     */
    long retryAfterMillis(long backlogTokens, long spread) {
        double millis =
                isMeasured() ? drainNanos(backlogTokens) / NANOS_PER_MILLI : (double) limits.retryAfterMillisDefault();
        // The spread comes behind the clamp, or all who meet the most would come back together.
        double soonest = Math.max(limits.retryAfterMillisMin(), Math.min(limits.retryAfterMillisMax() / 1.1, millis));
        return Math.min(limits.retryAfterMillisMax(), (long) (soonest * (1 + (spread & 0xFF) / 2_560.0)));
    }
}
