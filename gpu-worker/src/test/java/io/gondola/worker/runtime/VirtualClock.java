package io.gondola.worker.runtime;

import io.gondola.worker.engine.simulated.Sleeper;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Time that passes only when somebody sleeps. */
final class VirtualClock implements LongSupplier, Sleeper {

    private final AtomicLong nowNanos = new AtomicLong(1_000_000_000_000L);

    @Override
    public long getAsLong() {
        return nowNanos.get();
    }

    @Override
    public void sleep(long nanos) {
        nowNanos.addAndGet(nanos);
    }
}
