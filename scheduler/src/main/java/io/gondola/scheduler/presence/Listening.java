package io.gondola.scheduler.presence;

/**
 * The time in which this owner was there to hear. It is told something at least once in its own period, so a longer gap
 * between two events is a pause of its own, in which others spoke and it did not hear: nobody is blamed for that.
 */
final class Listening {

    private final long gapNanosMax;
    private long lastNanos = Long.MIN_VALUE;
    private long listenedNanos;

    /** @param gapNanosMax as much of a gap between two events counts */
    Listening(long gapNanosMax) {
        this.gapNanosMax = gapNanosMax;
    }

    void onEvent(long nowNanos) {
        listenedNanos += lastNanos == Long.MIN_VALUE ? 0 : Math.min(nowNanos - lastNanos, gapNanosMax);
        lastNanos = nowNanos;
    }

    long nanos() {
        return listenedNanos;
    }
}
