package io.gondola.worker.inference;

import io.gondola.launch.MalformedMessages;
import io.gondola.launch.logging.RareWarning;
import io.gondola.protocol.inference.LoadOrigin;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker of inferences: the versions it has loaded, each in its {@link VersionSeat}, and one address on the event bus for
 * all of them.
 */
public final class InferenceWorker {

    private static final Logger LOG = LoggerFactory.getLogger(InferenceWorker.class);

    private static final long ANSWER_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(50);

    private final Vertx vertx;
    private final InferenceWorkerConfig config;
    private final InferenceOutbox outbox;
    private final MalformedMessages malformedMessages;
    private final Map<VersionKey, VersionSeat> seats = new TreeMap<>();
    private final MessageConsumer<Object> consumer;
    private final long timer;
    private final RareWarning refusals = new RareWarning(LOG);
    private volatile Consumer<ToInferenceWorker.LoadAgain> loader = again -> {};
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

    /** Who loads a model again when the scheduler says so; must not block. */
    void onLoadAgain(Consumer<ToInferenceWorker.LoadAgain> newLoader) {
        loader = newLoader;
    }

    /**
     * Takes a version into service, in the place of the same version if it is there: that one finishes what it has.
     *
     * @param loaded null where what is in service is what an operator has asked for now
     */
    synchronized void serve(String model, long version, LoadOrigin origin, @Nullable LoadedModel loaded) {
        VersionKey key = new VersionKey(model, version);
        VersionSeat seat = seats.get(key);
        if (seat == null && loaded != null) {
            seats.put(key, new VersionSeat(loaded, origin));
        } else if (seat != null && loaded != null) {
            seat.replace(loaded, origin).close();
        } else if (seat != null) {
            seat.offer(origin);
        }
        sayStanding(seats.get(key));
    }

    /** Takes a version out of service: it is closed when the scheduler lets it go. */
    synchronized void leave(String model, long version) {
        VersionSeat seat = seats.get(new VersionKey(model, version));
        if (seat != null && seat.isStaying()) {
            seat.toLeaving();
            sayStanding(seat);
        }
    }

    /** The versions that are in service or about to be. */
    public synchronized List<TensorModel> models() {
        List<TensorModel> models = new ArrayList<>();
        for (VersionSeat seat : seats.values()) {
            if (seat.isStaying()) {
                models.add(seat.model());
            }
        }
        return models;
    }

    /** Whether any version of the model is here, also one that leaves. */
    synchronized boolean has(String model) {
        return seats.keySet().stream().anyMatch(key -> key.model().equals(model));
    }

    /** Whether the scheduler knows every version. */
    public synchronized boolean isReady() {
        return seats.values().stream().allMatch(VersionSeat::isKnown);
    }

    /** Whether the scheduler has answered for every version of the model. */
    synchronized boolean isAnswered(String model) {
        return seats.values().stream()
                .allMatch(seat -> seat.isKnown()
                        || seat.isRefused()
                        || !seat.model().name().equals(model));
    }

    /** Why a version of the model is not taken from here; empty where all are. */
    synchronized String refusal(String model) {
        for (VersionSeat seat : seats.values()) {
            if (seat.model().name().equals(model) && !seat.refusal().isEmpty()) {
                return "version " + seat.model().version() + " of '" + model + "' is not taken: " + seat.refusal();
            }
        }
        return "";
    }

    /** Takes no new batches; completes when every version was let go, which are then closed. */
    synchronized Future<Void> drain() {
        Promise<Void> ends = drained != null ? drained : Promise.promise();
        drained = ends;
        for (VersionSeat seat : seats.values()) {
            if (seat.isStaying()) {
                seat.toDraining();
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
            seats.values().forEach(seat -> ends.add(seat.loaded().close()));
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
        } else if (message instanceof ToInferenceWorker.Refused refused) {
            onRefused(refused);
        } else if (message instanceof ToInferenceWorker.LoadAgain again) {
            loader.accept(again);
        }
    }

    private void onBatch(ToInferenceWorker.RunBatch batch) {
        synchronized (this) {
            VersionSeat seat = seats.get(new VersionKey(batch.model(), batch.version()));
            if (seat != null) {
                seat.loaded().put(batch);
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
        VersionSeat seat = seats.get(new VersionKey(welcome.model(), welcome.version()));
        if (seat != null) {
            seat.onWelcome();
        }
    }

    private synchronized void onRefused(ToInferenceWorker.Refused refused) {
        VersionSeat seat = seats.get(new VersionKey(refused.model(), refused.version()));
        if (seat != null) {
            seat.onRefused(refused.reason());
            refusals.say(
                    "The scheduler does not take version {} of {} from this worker: {}",
                    refused.version(),
                    refused.model(),
                    refused.reason());
        }
    }

    private synchronized void onReleased(ToInferenceWorker.Released released) {
        VersionKey key = new VersionKey(released.model(), released.version());
        VersionSeat seat = seats.get(key);
        if (seat != null && !seat.isStaying()) {
            seats.remove(key);
            seat.loaded().close();
            LOG.info("Unloaded version {} of {}", released.version(), released.model());
            endDrainIfOver();
        }
    }

    private synchronized void onTellModels() {
        seats.values().forEach(VersionSeat::onForgotten);
        // At once, for an owner that has just begun waits for it; but not in a circle with one that has no room.
        if (System.nanoTime() - aliveNanos >= ANSWER_NANOS_MIN) {
            sayAlive();
        }
    }

    private synchronized void sayAlive() {
        aliveNanos = System.nanoTime();
        List<ToInferenceScheduler.Running> running = new ArrayList<>();
        for (VersionSeat seat : seats.values()) {
            if (!seat.isRefused()) {
                running.add(seat.loaded().running());
            }
            sayStanding(seat);
        }
        outbox.toScheduler(new ToInferenceScheduler.WorkerAlive(config.workerId(), running));
    }

    private void sayStanding(@Nullable VersionSeat seat) {
        ToInferenceScheduler statement = seat == null ? null : seat.tryStatement(config.workerId());
        if (statement != null) {
            outbox.toScheduler(statement);
        }
    }
}
