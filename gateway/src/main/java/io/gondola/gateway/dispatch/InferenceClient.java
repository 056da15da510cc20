package io.gondola.gateway.dispatch;

import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.metrics.GatewayMetrics;
import io.gondola.gateway.tensors.TensorCall;
import io.gondola.gateway.tensors.TensorModels;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop's line to the scheduler of inferences and to its workers: calls out, results in, and what models there
 * are. Everything in it happens on that event loop.
 */
public final class InferenceClient {

    private static final Logger LOG = LoggerFactory.getLogger(InferenceClient.class);

    /** Models that may be loaded or unloaded at once, as this event loop asks. */
    public static final int CHANGES_MAX = 64;

    private final Vertx vertx;
    private final String gatewayId;
    private final GatewayLimits limits;
    private final GatewayMetrics metrics;
    private final LongSupplier nanoClock;
    private final TensorModels models = new TensorModels();
    private final SplittableRandom ids = new SplittableRandom(new SecureRandom().nextLong());
    private final Map<InferenceId, OpenInference> open = new HashMap<>();
    private final TreeSet<OpenInference> byDeadline = new TreeSet<>(OpenInference.BY_DEADLINE);
    private final Map<InferenceId, Promise<String>> changes = new HashMap<>();
    private final List<MessageConsumer<Object>> consumers = new ArrayList<>();
    private long lastNumber;
    private long schedulerHeardNanos;

    /** @param gatewayId the name of this event loop in the cluster */
    public InferenceClient(
            Vertx vertx, String gatewayId, GatewayLimits limits, GatewayMetrics metrics, LongSupplier nanoClock) {
        this.vertx = vertx;
        this.gatewayId = gatewayId;
        this.limits = limits;
        this.metrics = metrics;
        this.nanoClock = nanoClock;
        schedulerHeardNanos = nanoClock.getAsLong();
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
        for (OpenInference inference : List.copyOf(open.values())) {
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
        InferenceId id = new InferenceId(ids.nextLong(), ids.nextLong());
        OpenInference inference = new OpenInference(this, id, ++lastNumber, deadlineNanos, onEnd);
        open.put(id, inference);
        byDeadline.add(inference);
        send(new ToInferenceScheduler.Submit(call.toRequest(id, gatewayId, deadlineNanos - nanoClock.getAsLong())));
        return inference;
    }

    /**
     * Asks the workers to load or unload a model of their repository; completes with the first answer, empty for a success
     * and otherwise what went wrong. Null when too many are under way.
     */
    public @Nullable Future<String> tryChangeModel(String model, boolean isLoad) {
        if (changes.size() >= CHANGES_MAX) {
            return null;
        }
        InferenceId id = new InferenceId(ids.nextLong(), ids.nextLong());
        Promise<String> changed = Promise.promise();
        changes.put(id, changed);
        long timer = vertx.setTimer(
                limits.requestTimeoutMillis(),
                late -> changed.tryComplete("no worker with a model repository answered in time"));
        vertx.eventBus()
                .publish(
                        Addresses.inferenceWorkers(),
                        InferenceCodec.encode(new ToInferenceWorker.ChangeModel(id, gatewayId, model, isLoad)));
        return changed.future().onComplete(done -> {
            changes.remove(id);
            vertx.cancelTimer(timer);
        });
    }

    /** Inferences that have not ended. */
    public int openCount() {
        return open.size();
    }

    boolean tryCancel(OpenInference inference) {
        if (tryTake(inference.id()) == null) {
            return false;
        }
        send(new ToInferenceScheduler.Cancel(List.of(inference.id())));
        return true;
    }

    /** Ends what is late, and what no scheduler will answer. To be called now and then. */
    public void onTick(long nowNanos) {
        long silenceNanos = nowNanos - schedulerHeardNanos;
        if (silenceNanos > TimeUnit.MILLISECONDS.toNanos(limits.acceptTimeoutMillis())) {
            for (OpenInference inference : List.copyOf(open.values())) {
                end(inference, new InferenceAnswer.Unheard(TimeUnit.NANOSECONDS.toMillis(silenceNanos)));
            }
        }
        while (!byDeadline.isEmpty() && byDeadline.first().deadlineNanos() <= nowNanos) {
            OpenInference late = byDeadline.first();
            end(late, new InferenceAnswer.Late());
            send(new ToInferenceScheduler.Cancel(List.of(late.id())));
        }
    }

    private void end(OpenInference inference, InferenceAnswer answer) {
        if (tryTake(inference.id()) != null) {
            inference.end(answer);
        }
    }

    private @Nullable OpenInference tryTake(InferenceId id) {
        OpenInference inference = open.remove(id);
        if (inference != null) {
            byDeadline.remove(inference);
        }
        return inference;
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
                OpenInference inference = open.get(result.id());
                if (inference != null) {
                    end(inference, new InferenceAnswer.Result(result));
                }
            }
        } else if (message instanceof ToInferenceGateway.Refused refused) {
            for (InferenceId id : refused.ids()) {
                OpenInference inference = open.get(id);
                if (inference != null) {
                    end(inference, new InferenceAnswer.Refused(refused.rejection()));
                }
            }
        } else if (message instanceof ToInferenceGateway.Models told) {
            schedulerHeardNanos = nanoClock.getAsLong();
            models.onTold(told.models());
        } else if (message instanceof ToInferenceGateway.ModelChanged changed) {
            Promise<String> asked = changes.get(changed.requestId());
            if (asked != null) {
                asked.tryComplete(changed.error());
            }
        }
    }

    private void send(ToInferenceScheduler message) {
        vertx.eventBus().send(Addresses.inferenceScheduler(), InferenceCodec.encode(message));
    }
}
