package io.gondola.worker.runtime;

import io.gondola.protocol.OwnerWatch;
import io.gondola.protocol.ToScheduler.WorkerLeft;
import io.gondola.protocol.ToScheduler.WorkerLoading;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.gondola.protocol.wire.WireFormatException;
import io.gondola.worker.engine.LoadProgress;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the schedulers of some models that a worker is loading them, again and again until it is done, and at once to one
 * that is new: so they hold what comes meanwhile. Whoever starts the worker closes the notice when the worker joins, or says that loading failed.
 */
public final class LoadingNotice implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LoadingNotice.class);

    private final Vertx vertx;
    private final String workerId;
    private final Map<String, Progress> models = new TreeMap<>();
    private final List<MessageConsumer<Object>> consumers = new ArrayList<>();
    private final long timerId;

    /** How far one model is: written by the loading thread, read by an event loop. */
    private static final class Progress implements LoadProgress {
        private final OwnerWatch owner = new OwnerWatch();
        private long startNanos = System.nanoTime();
        private long bytesDone;
        private long bytesTotal;

        @Override
        public synchronized void onProgress(long done, long total) {
            startNanos = done == 0 ? System.nanoTime() : startNanos;
            bytesDone = done;
            bytesTotal = total;
        }

        /** Whether this owner was not heeded before. */
        synchronized boolean isNewOwner(long epoch, long nowNanos) {
            long before = owner.epochAt(nowNanos);
            return owner.tryHeed(epoch, nowNanos) && epoch != before;
        }

        synchronized WorkerLoading toMessage(String workerId, String model) {
            if (bytesTotal <= 0 || bytesDone <= 0) {
                return new WorkerLoading(workerId, model, 0, 0);
            }
            double done = Math.min(1, (double) bytesDone / bytesTotal);
            double remainingNanos = (System.nanoTime() - startNanos) * (1 - done) / done;
            return new WorkerLoading(
                    workerId, model, (int) (100 * done), TimeUnit.NANOSECONDS.toMillis((long) remainingNanos));
        }
    }

    /** Tells it for the first time, and every {@link WorkerLoading#PERIOD_MILLIS} from then on. */
    public static LoadingNotice start(Vertx vertx, String workerId, List<String> models) {
        return new LoadingNotice(vertx, workerId, models, WorkerLoading.PERIOD_MILLIS);
    }

    LoadingNotice(Vertx vertx, String workerId, List<String> models, long periodMillis) {
        this.vertx = vertx;
        this.workerId = workerId;
        models.forEach(model -> this.models.put(model, new Progress()));
        models.forEach(model -> consumers.add(vertx.eventBus()
                .consumer(Addresses.ownerAlive(model), message -> onOwnerAlive(model, message.body()))));
        tell();
        timerId = vertx.setPeriodic(periodMillis, timer -> tell());
    }

    /** Who is to be told how far this model's weights are read. */
    public LoadProgress progressOf(String model) {
        Progress progress = models.get(model);
        return progress == null ? LoadProgress.NONE : progress;
    }

    /** There will be no worker: nobody is to wait for it. */
    public void onFailed() {
        close();
        models.keySet().forEach(model -> vertx.eventBus()
                .send(Addresses.scheduler(model), WireCodec.encode(new WorkerLeft(workerId, model))));
    }

    /** Says no more. */
    @Override
    public void close() {
        vertx.cancelTimer(timerId);
        consumers.forEach(MessageConsumer::unregister);
    }

    private void onOwnerAlive(String model, @Nullable Object body) {
        Progress progress = models.get(model);
        try {
            if (progress != null
                    && body instanceof Buffer bytes
                    && progress.isNewOwner(WireCodec.decodeOwnerAlive(bytes).epoch(), System.nanoTime())) {
                tell(model, progress);
            }
        } catch (WireFormatException malformed) {
            LOG.debug("Dropped a malformed message: {}", malformed.getMessage());
        }
    }

    private void tell() {
        models.forEach(this::tell);
    }

    private void tell(String model, Progress progress) {
        vertx.eventBus().send(Addresses.scheduler(model), WireCodec.encode(progress.toMessage(workerId, model)));
    }
}
