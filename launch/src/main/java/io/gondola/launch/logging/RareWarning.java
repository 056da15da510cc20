package io.gondola.launch.logging;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/** A warning that is logged at most once a second: whoever can send us rubbish must not fill our disk. Any thread. */
public final class RareWarning {

    static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Logger log;
    private final LongSupplier clockNanos;
    private final AtomicLong saidNanos;

    /** @param log who says it */
    public RareWarning(Logger log) {
        this(log, System::nanoTime);
    }

    RareWarning(Logger log, LongSupplier clockNanos) {
        this.log = log;
        this.clockNanos = clockNanos;
        saidNanos = new AtomicLong(clockNanos.getAsLong() - PAUSE_NANOS);
    }

    /** Says it, unless something was said within the last second. */
    public void say(String format, Object... arguments) {
        long nowNanos = clockNanos.getAsLong();
        long lastNanos = saidNanos.get();
        if (nowNanos - lastNanos >= PAUSE_NANOS && saidNanos.compareAndSet(lastNanos, nowNanos)) {
            log.warn(format, arguments);
        }
    }
}
