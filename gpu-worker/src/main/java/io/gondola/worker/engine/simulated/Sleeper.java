package io.gondola.worker.engine.simulated;

import java.util.concurrent.locks.LockSupport;

/** Lets time pass: real time, or a test's. */
@FunctionalInterface
public interface Sleeper {

    void sleep(long nanos);

    /** Parks the calling thread; an interrupt cuts it short and stays set. */
    static Sleeper real() {
        return nanos -> {
            long endNanos = System.nanoTime() + nanos;
            long leftNanos = nanos;
            while (leftNanos > 0 && !Thread.currentThread().isInterrupted()) {
                LockSupport.parkNanos(leftNanos);
                leftNanos = endNanos - System.nanoTime();
            }
        };
    }
}
