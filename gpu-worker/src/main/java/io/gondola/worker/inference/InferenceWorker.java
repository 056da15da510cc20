package io.gondola.worker.inference;

import io.gondola.launch.MalformedMessages;
import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.TensorModel;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.InferenceCodec;
import io.gondola.protocol.wire.WireFormatException;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker of inferences: the versions it has loaded, and one address on the event bus for all of them.
 *
 * <p>The standing of each version with the scheduler, every step repeated with each sign of life until it is answered:
 *
 * <pre>
 *   LOADED --Welcome--> SERVING --unload--> LEAVING  --Released--> closed behind its last batch
 *                          └─────drain──> DRAINING ─────┘
 * </pre>
 */
public final class InferenceWorker {

    private static final Logger LOG = LoggerFactory.getLogger(InferenceWorker.class);

    private static final long ANSWER_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(50);

    private enum Standing {
        LOADED,
        SERVING,
        LEAVING,
        DRAINING
    }

    /** What names a version here. */
    private record Key(String model, long version) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byModel = model.compareTo(other.model);
            return byModel != 0 ? byModel : Long.compare(version, other.version);
        }
    }

    private static final class Seat {
        private LoadedModel loaded;
        private Standing standing = Standing.LOADED;

        Seat(LoadedModel loaded) {
            this.loaded = loaded;
        }

        boolean isStaying() {
            return standing == Standing.LOADED || standing == Standing.SERVING;
        }
    }

    private final Vertx vertx;
    private final InferenceWorkerConfig config;
    private final InferenceOutbox outbox;
    private final MalformedMessages malformedMessages;
    private final Map<Key, Seat> seats = new TreeMap<>();
    private final MessageConsumer<Object> consumer;
    private final long timer;
    private long aliveNanos = System.nanoTime();
    private @Nullable Promise<Void> drained;
    private @Nullable Future<Void> closed;

    /** Starts without a model; {@link #serve} adds them. */
    public static Future<InferenceWorker> start(Vertx vertx, InferenceWorkerConfig config, MeterRegistry registry) {
        InferenceWorker worker = new InferenceWorker(vertx, config, registry);
        return worker.consumer
                .completion()
                .onSuccess(listening -> worker.sayAlive())
                .map(worker);
    }

    private InferenceWorker(Vertx vertx, InferenceWorkerConfig config, MeterRegistry registry) {
        this.vertx = vertx;
        this.config = config;
        this.outbox = InferenceOutbox.on(vertx.eventBus());
        this.malformedMessages = new MalformedMessages(registry, "inference-worker");
        this.consumer = vertx.eventBus()
                .consumer(Addresses.inferenceWorker(config.workerId()), message -> receive(message.body()));
        this.timer = vertx.setPeriodic(ToInferenceScheduler.WorkerAlive.PERIOD_MILLIS, tick -> sayAlive());
    }

    MalformedMessages malformedMessages() {
        return malformedMessages;
    }

    InferenceOutbox outbox() {
        return outbox;
    }

    InferenceWorkerConfig config() {
        return config;
    }

    /** Takes a version into service, in the place of the same version if it is there: that one finishes what it has. */
    synchronized void serve(LoadedModel loaded) {
        Key key = new Key(loaded.model().name(), loaded.model().version());
        Seat known = seats.get(key);
        if (known == null) {
            known = new Seat(loaded);
            seats.put(key, known);
        } else {
            LoadedModel old = known.loaded;
            known.loaded = loaded;
            known.standing = Standing.LOADED;
            old.close();
        }
        sayStanding(known);
    }

    /** Takes a version out of service: it is closed when the scheduler lets it go. */
    synchronized void leave(String model, long version) {
        Seat seat = seats.get(new Key(model, version));
        if (seat != null && seat.isStaying()) {
            seat.standing = Standing.LEAVING;
            sayStanding(seat);
        }
    }

    /** The versions that are in service or about to be. */
    public synchronized List<TensorModel> models() {
        List<TensorModel> models = new ArrayList<>();
        for (Seat seat : seats.values()) {
            if (seat.isStaying()) {
                models.add(seat.loaded.model());
            }
        }
        return models;
    }

    /** Whether any version of the model is here, also one that leaves. */
    synchronized boolean has(String model) {
        return seats.keySet().stream().anyMatch(key -> key.model.equals(model));
    }

    /** Whether the scheduler knows every version. */
    public synchronized boolean isReady() {
        return seats.values().stream().allMatch(seat -> seat.standing != Standing.LOADED);
    }

    /** Takes no new batches; completes when every version was let go, which are then closed. */
    synchronized Future<Void> drain() {
        Promise<Void> ends = drained != null ? drained : Promise.promise();
        drained = ends;
        for (Seat seat : seats.values()) {
            if (seat.isStaying()) {
                seat.standing = Standing.DRAINING;
                sayStanding(seat);
            }
        }
        endDrainIfOver();
        return ends.future();
    }

    private void endDrainIfOver() {
        if (drained != null && seats.isEmpty()) {
            drained.tryComplete();
        }
    }

    /** Says that it goes, finishes the batches it has, and closes the engines. Idempotent. */
    public synchronized Future<Void> close() {
        if (closed == null) {
            vertx.cancelTimer(timer);
            outbox.toScheduler(new ToInferenceScheduler.WorkerGone(config.workerId()));
            List<Future<Void>> ends = new ArrayList<>(List.of(consumer.unregister()));
            seats.values().forEach(seat -> ends.add(seat.loaded.close()));
            seats.clear();
            Future<Void> all = Future.join(ends).mapEmpty();
            closed = all.timeout(config.closeMillisMax(), TimeUnit.MILLISECONDS).recover(late -> {
                if (late instanceof TimeoutException) {
                    LOG.warn("Batches still run after {} ms; not waited for", config.closeMillisMax());
                    return Future.succeededFuture();
                }
                return Future.failedFuture(late);
            });
        }
        return closed;
    }

    static ToInferenceWorker read(@Nullable Object body) throws WireFormatException {
        if (!(body instanceof Buffer buffer)) {
            throw new WireFormatException("not in wire form");
        }
        return InferenceCodec.decodeToWorker(buffer);
    }

    private void receive(@Nullable Object body) {
        ToInferenceWorker message;
        try {
            message = read(body);
        } catch (WireFormatException malformed) {
            malformedMessages.drop(Addresses.inferenceWorker(config.workerId()), malformed);
            return;
        }
        if (message instanceof ToInferenceWorker.RunBatch batch) {
            onBatch(batch);
        } else if (message instanceof ToInferenceWorker.Welcome welcome) {
            onWelcome(welcome);
        } else if (message instanceof ToInferenceWorker.Released released) {
            onReleased(released);
        } else if (message instanceof ToInferenceWorker.TellModels) {
            onTellModels();
        }
    }

    private void onBatch(ToInferenceWorker.RunBatch batch) {
        synchronized (this) {
            Seat seat = seats.get(new Key(batch.model(), batch.version()));
            if (seat != null) {
                seat.loaded.put(batch);
                return;
            }
        }
        LoadedModel.refuse(
                outbox,
                config.workerId(),
                batch,
                ModelStatistics.NONE,
                "Version " + batch.version() + " of model '" + batch.model() + "' is not loaded any more.");
    }

    private synchronized void onWelcome(ToInferenceWorker.Welcome welcome) {
        Seat seat = seats.get(new Key(welcome.model(), welcome.version()));
        if (seat != null && seat.standing == Standing.LOADED) {
            seat.standing = Standing.SERVING;
        }
    }

    private synchronized void onReleased(ToInferenceWorker.Released released) {
        Key key = new Key(released.model(), released.version());
        Seat seat = seats.get(key);
        if (seat != null && !seat.isStaying()) {
            seats.remove(key);
            seat.loaded.close();
            LOG.info("Unloaded version {} of {}", released.version(), released.model());
            endDrainIfOver();
        }
    }

    private synchronized void onTellModels() {
        for (Seat seat : seats.values()) {
            if (seat.standing == Standing.SERVING) {
                seat.standing = Standing.LOADED;
            }
        }
        // At once, for an owner that has just begun waits for it; but not in a circle with one that has no room.
        if (System.nanoTime() - aliveNanos >= ANSWER_NANOS_MIN) {
            sayAlive();
        }
    }

    private synchronized void sayAlive() {
        aliveNanos = System.nanoTime();
        List<ToInferenceScheduler.Running> running = new ArrayList<>();
        for (Seat seat : seats.values()) {
            running.add(seat.loaded.running());
            sayStanding(seat);
        }
        outbox.toScheduler(new ToInferenceScheduler.WorkerAlive(config.workerId(), running));
    }

    private void sayStanding(Seat seat) {
        TensorModel model = seat.loaded.model();
        switch (seat.standing) {
            case LOADED -> outbox.toScheduler(new ToInferenceScheduler.ModelLoaded(config.workerId(), model));
            case LEAVING ->
                outbox.toScheduler(
                        new ToInferenceScheduler.ModelLeaving(config.workerId(), model.name(), model.version()));
            case DRAINING ->
                outbox.toScheduler(
                        new ToInferenceScheduler.ModelDraining(config.workerId(), model.name(), model.version()));
            case SERVING -> {}
        }
    }
}
