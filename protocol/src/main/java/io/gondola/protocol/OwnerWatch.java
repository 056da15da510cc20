package io.gondola.protocol;

import java.util.concurrent.TimeUnit;

/**
 * Which owner of a model's queue a gateway or a worker heeds: one at a time, the one with the largest epoch.
 *
 * <p>While two are alive, as when a cut cluster heals, everybody comes to heed the same one. An epoch that is smaller
 * counts only when nothing was heard of the larger one for {@link #SILENCE_MILLIS}: so an owner whose clock was slow when
 * it began is heeded late, and not never.
 */
public final class OwnerWatch {

    /** An owner that says nothing for so long is gone, as far as can be told: four of its periods. */
    public static final long SILENCE_MILLIS = 4 * OwnerAlive.PERIOD_MILLIS;

    /** The epoch of nobody. */
    public static final long NOBODY = 0;

    private static final long SILENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(SILENCE_MILLIS);

    private long epoch = NOBODY;
    private long heardNanos;

    /** Something came from this owner: whether it is the one to heed. */
    public boolean tryHeed(long fromEpoch, long nowNanos) {
        if (fromEpoch < epochAt(nowNanos)) {
            return false;
        }
        epoch = fromEpoch;
        heardNanos = nowNanos;
        return true;
    }

    /** The owner to heed, or {@link #NOBODY} while none is heard. */
    public long epochAt(long nowNanos) {
        return nowNanos - heardNanos < SILENCE_NANOS ? epoch : NOBODY;
    }
}
