package io.gondola.worker.engine.tensorflow;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Threads that each compute their share of a step, the caller's first among them. They meet once a step; threads that share
 * each operation meet hundreds of times, and on few processors waking one costs more than it gives.
 *
 * <p>oneDNN keeps what it prepares for each thread, so a lane is always the same thread; the first is the one that steps.
 */
final class Lanes implements AutoCloseable {

    /** What a lane does in a step. */
    @FunctionalInterface
    interface Work {
        void run(int lane);
    }

    private final List<ExecutorService> others = new ArrayList<>();

    Lanes(int count) {
        for (int lane = 1; lane < count; lane++) {
            String name = "engine-lane-" + lane;
            others.add(Executors.newSingleThreadExecutor(task -> {
                Thread thread = new Thread(task, name);
                thread.setDaemon(true);
                return thread;
            }));
        }
    }

    int count() {
        return 1 + others.size();
    }

    /** Has the work done in these lanes, and waits for all of it; the first failure is thrown then. */
    void run(List<Integer> lanes, Work work) {
        CountDownLatch done =
                new CountDownLatch((int) lanes.stream().filter(lane -> lane > 0).count());
        Failures failures = new Failures();
        for (int lane : lanes) {
            if (lane > 0) {
                others.get(lane - 1).execute(() -> {
                    failures.catching(work, lane);
                    done.countDown();
                });
            }
        }
        if (lanes.contains(0)) {
            failures.catching(work, 0);
        }
        boolean interrupted = false;
        while (true) {
            try {
                done.await();
                break;
            } catch (InterruptedException e) {
                // Whoever goes on now would write under a run that is still on its way.
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        failures.throwFirst();
    }

    /** The first failure of a step, whichever lane it came from. */
    private static final class Failures {
        private @Nullable Throwable first;

        void catching(Work work, int lane) {
            try {
                work.run(lane);
            } catch (RuntimeException | Error failure) {
                add(failure);
            }
        }

        private synchronized void add(Throwable failure) {
            if (first == null) {
                first = failure;
            } else {
                first.addSuppressed(failure);
            }
        }

        synchronized void throwFirst() {
            if (first instanceof Error error) {
                throw error;
            }
            if (first instanceof RuntimeException failure) {
                throw failure;
            }
        }
    }

    @Override
    public void close() {
        others.forEach(ExecutorService::shutdown);
    }
}
