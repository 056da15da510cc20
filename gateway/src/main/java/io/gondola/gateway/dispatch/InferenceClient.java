package io.gondola.gateway.dispatch;

import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.metrics.GatewayMetrics;
import io.gondola.gateway.tensors.TensorCall;
import io.gondola.gateway.tensors.TensorModels;
import io.gondola.protocol.OwnerWatch;
import io.gondola.protocol.inference.InferenceId;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.InferenceCodec;
import io.gondola.protocol.wire.WireFormatException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop's line to the owner of the queues of inferences and to its workers: calls out, results in, and what models
 * there are. Everything in it happens on that event loop.
 *
 * <p>What gets lost on the way, or with an owner that is replaced, is asked for again: at once when another owner is heard,
 * and where nothing was heard of it for a while and the owner does not know of it. Two runs of an inference are worth the
 * same, so the first answer counts.
 */
public final class InferenceClient {

    private static final Logger LOG = LoggerFactory.getLogger(InferenceClient.class);

    /** Models that may be loaded or unloaded at once, as this event loop asks. */
    public static final int CHANGES_MAX = 64;

    private static final long INQUIRY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long REFRESH_MILLIS_MAX = 1_000;

    private final Vertx vertx;
    private final String gatewayId;
    private final GatewayLimits limits;
    private final GatewayMetrics metrics;
    private final LongSupplier nanoClock;
    private final TensorModels models = new TensorModels();
    private final SplittableRandom ids = new SplittableRandom(new SecureRandom().nextLong());
    private final OpenInferences open = new OpenInferences();
    private final OwnerWatch owner = new OwnerWatch();
    private final RepositoryChanges changes;
    private final List<MessageConsumer<Object>> consumers = new ArrayList<>();
    private Set<String> workers = Set.of();
    private @Nullable Promise<Void> refreshed;
    private long epoch = OwnerWatch.NOBODY;
    private long lastNumber;
    private long schedulerHeardNanos;
    private long inquiredNanos;

    /** @param gatewayId the name of this event loop in the cluster */
    public InferenceClient(
            Vertx vertx, String gatewayId, GatewayLimits limits, GatewayMetrics metrics, LongSupplier nanoClock) {
        this.vertx = vertx;
        this.gatewayId = gatewayId;
        this.limits = limits;
        this.metrics = metrics;
        this.nanoClock = nanoClock;
        schedulerHeardNanos = nanoClock.getAsLong();
        inquiredNanos = schedulerHeardNanos;
        changes = new RepositoryChanges(
                change -> vertx.eventBus().publish(Addresses.inferenceWorkers(), InferenceCodec.encode(change)));
    }

    /** Listens, and asks for the models. To be called on the event loop that all else happens on. */
    public Future<Void> start() {
        consumers.add(vertx.eventBus().consumer(Addresses.inferenceGateway(gatewayId), this::onMessage));
        consumers.add(vertx.eventBus().consumer(Addresses.inferenceGateways(), this::onMessage));
        return Future.all(consumers.stream().map(MessageConsumer::completion).toList())
                .onSuccess(listening -> send(new ToInferenceScheduler.TellModels(gatewayId)))
                .mapEmpty();
    }

    /** Ends what is open with the word that this gateway closes. */
    public void failOpen() {
        for (OpenInference inference : open.all()) {
            end(inference, new InferenceAnswer.Closing());
        }
    }

    /** Fails what is open, and listens no more. */
    public Future<Void> close() {
        failOpen();
        return Future.all(consumers.stream().map(MessageConsumer::unregister).toList())
                .mapEmpty();
    }

    public TensorModels models() {
        return models;
    }

    /** Completes when the models are as the owner has them now, or when it does not answer in a while. */
    public Future<Void> refresh() {
        Promise<Void> waiting = refreshed;
        if (waiting == null) {
            Promise<Void> asked = Promise.promise();
            refreshed = asked;
            long timer = vertx.setTimer(REFRESH_MILLIS_MAX, late -> asked.tryComplete());
            asked.future().onComplete(done -> {
                vertx.cancelTimer(timer);
                refreshed = null;
            });
            send(new ToInferenceScheduler.TellModels(gatewayId));
            waiting = asked;
        }
        return waiting.future();
    }

    /**
     * Hands a call over.
     *
     * @param onEnd told once, unless it is cancelled before
     * @return null when {@link GatewayLimits#generationsOpenMax} are open
     */
    public @Nullable OpenInference trySubmit(TensorCall call, long deadlineNanos, Consumer<InferenceAnswer> onEnd) {
        if (open.size() >= limits.generationsOpenMax()) {
            return null;
        }
        OpenInference inference = new OpenInference(this, call, newId(), ++lastNumber, deadlineNanos, onEnd);
        open.add(inference);
        submit(inference);
        return inference;
    }

    private void submit(OpenInference inference) {
        long nowNanos = nanoClock.getAsLong();
        inference.onAsked(nowNanos);
        send(new ToInferenceScheduler.Submit(inference.toRequest(gatewayId, nowNanos)));
    }

    private InferenceId newId() {
        return new InferenceId(ids.nextLong(), ids.nextLong());
    }

    /**
     * Asks all workers to load or unload a model of their repositories; completes when all have answered, empty for a success
     * and otherwise what went wrong. Null when too many are under way.
     *
     * @param settings in the place of those that lie beside the model; empty for those
     */
    public @Nullable Future<String> tryChangeModel(String model, boolean isLoad, String settings) {
        if (changes.size() >= CHANGES_MAX) {
            return null;
        }
        if (workers.isEmpty()) {
            return Future.succeededFuture("no worker with a model repository is there");
        }
        return changes.start(
                new ToInferenceWorker.ChangeModel(newId(), gatewayId, model, isLoad, settings, changes.nextMillis()),
                workers,
                nanoClock.getAsLong() + TimeUnit.MILLISECONDS.toNanos(limits.requestTimeoutMillis()));
    }

    /** Inferences that have not ended. */
    public int openCount() {
        return open.size();
    }

    boolean tryCancel(OpenInference inference) {
        if (open.tryTake(inference.id()) == null) {
            return false;
        }
        send(new ToInferenceScheduler.Cancel(List.of(inference.id())));
        return true;
    }

    /** Ends what is late, and what no scheduler will answer; asks after the rest. To be called now and then. */
    public void onTick(long nowNanos) {
        long silenceNanos = nowNanos - schedulerHeardNanos;
        if (silenceNanos > TimeUnit.MILLISECONDS.toNanos(limits.acceptTimeoutMillis())) {
            for (OpenInference inference : open.all()) {
                end(inference, new InferenceAnswer.Unheard(TimeUnit.NANOSECONDS.toMillis(silenceNanos)));
            }
        }
        for (OpenInference late = open.tryFirstLate(nowNanos); late != null; late = open.tryFirstLate(nowNanos)) {
            end(late, new InferenceAnswer.Late());
            send(new ToInferenceScheduler.Cancel(List.of(late.id())));
        }
        changes.onTick(nowNanos);
        if (nowNanos - inquiredNanos >= INQUIRY_NANOS) {
            inquiredNanos = nowNanos;
            inquire(nowNanos);
        }
    }

    private void inquire(long nowNanos) {
        List<InferenceId> quiet = open.takeQuiet(INQUIRY_NANOS, nowNanos);
        if (!quiet.isEmpty()) {
            send(new ToInferenceScheduler.Inquire(gatewayId, quiet));
        }
    }

    private void end(OpenInference inference, InferenceAnswer answer) {
        if (open.tryTake(inference.id()) != null) {
            inference.end(answer);
        }
    }

    private void onMessage(Message<Object> message) {
        try {
            if (!(message.body() instanceof Buffer buffer)) {
                throw new WireFormatException("not in wire form");
            }
            onMessage(InferenceCodec.decodeToGateway(buffer));
        } catch (WireFormatException malformed) {
            metrics.malformedMessages().drop(message.address(), malformed);
        }
    }

    private void onMessage(ToInferenceGateway message) {
        if (message instanceof ToInferenceGateway.Results results) {
            for (InferenceResult result : results.results()) {
                endIfOpen(result.id(), new InferenceAnswer.Result(result));
            }
        } else if (message instanceof ToInferenceGateway.Refused refused) {
            if (isHeeded(refused.epoch())) {
                refused.ids().forEach(id -> endIfOpen(id, new InferenceAnswer.Refused(refused.rejection())));
            }
        } else if (message instanceof ToInferenceGateway.NotHere notHere) {
            if (isHeeded(notHere.epoch())) {
                notHere.ids().forEach(this::submitIfOpen);
            }
        } else if (message instanceof ToInferenceGateway.Models told) {
            if (isHeeded(told.epoch())) {
                onModels(told);
            }
        } else if (message instanceof ToInferenceGateway.ModelChanged changed) {
            changes.onChanged(changed);
        }
    }

    private void endIfOpen(InferenceId id, InferenceAnswer answer) {
        OpenInference inference = open.tryGet(id);
        if (inference != null) {
            end(inference, answer);
        }
    }

    private void submitIfOpen(InferenceId id) {
        OpenInference inference = open.tryGet(id);
        if (inference != null) {
            submit(inference);
        }
    }

    /** Whether what this owner says counts. Where it is another than before, it gets to hear of all that is open. */
    private boolean isHeeded(long fromEpoch) {
        long nowNanos = nanoClock.getAsLong();
        if (!owner.tryHeed(fromEpoch, nowNanos)) {
            return false;
        }
        schedulerHeardNanos = nowNanos;
        boolean isReplaced = epoch != fromEpoch && epoch != OwnerWatch.NOBODY;
        epoch = fromEpoch;
        if (isReplaced) {
            open.all().forEach(this::submit);
        }
        return true;
    }

    private void onModels(ToInferenceGateway.Models told) {
        models.onTold(told.models(), told.isComplete());
        TreeSet<String> known = new TreeSet<>(told.workers());
        if (told.isComplete()) {
            changes.onWorkers(known);
        } else {
            known.addAll(workers);
        }
        workers = known;
        Promise<Void> waiting = refreshed;
        if (waiting != null) {
            waiting.tryComplete();
        }
    }

    private void send(ToInferenceScheduler message) {
        vertx.eventBus().send(Addresses.inferenceScheduler(), InferenceCodec.encode(message));
    }
}
