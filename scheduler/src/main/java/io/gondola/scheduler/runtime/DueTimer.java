package io.gondola.scheduler.runtime;

import io.vertx.core.Vertx;
import java.util.function.LongSupplier;

/** The one timer of a core: fires at or behind the instant it was last armed for. On one event loop only. */
final class DueTimer {

    private static final long NANOS_PER_MILLI = 1_000_000L;
    private static final long TIMER_MILLIS_MAX = 3_600_000L;
    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final LongSupplier clockNanos;
    private final Runnable onDue;
    private long timerId = NO_TIMER;
    private long timerDueNanos;

    DueTimer(Vertx vertx, LongSupplier clockNanos, Runnable onDue) {
        this.vertx = vertx;
        this.clockNanos = clockNanos;
        this.onDue = onDue;
    }

    /** @param dueNanos {@link Long#MAX_VALUE} for never */
    void arm(long dueNanos) {
        if (timerId != NO_TIMER && timerDueNanos <= dueNanos) {
            return; // It fires in time, and arms the next.
        }
        if (timerId != NO_TIMER) {
            vertx.cancelTimer(timerId);
            timerId = NO_TIMER;
        }
        if (dueNanos != Long.MAX_VALUE) {
            long leftNanos = dueNanos - clockNanos.getAsLong();
            // Rounded up: a timer that fires early finds nothing due.
            long millis = Math.max(1, Math.min(TIMER_MILLIS_MAX, leftNanos / NANOS_PER_MILLI + 1));
            timerDueNanos = dueNanos;
            timerId = vertx.setTimer(millis, fired -> {
                timerId = NO_TIMER;
                onDue.run();
            });
        }
    }
}
