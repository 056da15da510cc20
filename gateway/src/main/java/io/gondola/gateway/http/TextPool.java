package io.gondola.gateway.http;

import io.gondola.gateway.limits.GatewayLimits;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A few threads for what is too much for an event loop: parsing, templates and tokenisation of large bodies. Bounded. */
public final class TextPool {

    private static final AtomicInteger POOLS = new AtomicInteger();

    private final WorkerExecutor executor;
    private final int tasksMax;
    private final AtomicInteger tasks = new AtomicInteger();

    public TextPool(Vertx vertx, GatewayLimits limits) {
        executor = vertx.createSharedWorkerExecutor("gondola-text-" + POOLS.getAndIncrement(), limits.textThreads());
        tasksMax = limits.textThreads() + limits.textQueueMax();
    }

    /** Runs it on one of the threads, in no particular order; null when as many wait as may wait. */
    <T> @Nullable Future<T> tryRun(Callable<T> task) {
        if (tasks.incrementAndGet() > tasksMax) {
            tasks.decrementAndGet();
            return null;
        }
        return executor.executeBlocking(task, false).onComplete(ended -> tasks.decrementAndGet());
    }

    public Future<Void> close() {
        return executor.close();
    }
}
