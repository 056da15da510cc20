package io.gondola.scheduler.runtime;

import io.gondola.launch.MalformedMessages;
import io.gondola.launch.logging.RareWarning;
import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.gondola.protocol.wire.WireFormatException;
import io.gondola.scheduler.core.Effect;
import io.gondola.scheduler.core.SchedulerCore;
import io.gondola.scheduler.core.SchedulerEvent;
import io.gondola.scheduler.core.SchedulerLimits;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One model's core in the world: messages in, effects out, one timer. On one event loop only. */
final class ModelQueue {

    private static final Logger LOG = LoggerFactory.getLogger(ModelQueue.class);

    private final RareWarning refusal = new RareWarning(LOG);
    private final Vertx vertx;
    private final String model;
    private final long epoch;
    private final SchedulerMetrics metrics;
    private final MalformedMessages malformed;
    private final LongSupplier clockNanos;
    private final SchedulerCore core;
    private final DueTimer timer;
    private final LoadingProgress loading;

    ModelQueue(
            Vertx vertx,
            String model,
            long epoch,
            SchedulerLimits limits,
            SchedulerMetrics metrics,
            MalformedMessages malformed,
            LongSupplier clockNanos) {
        this.vertx = vertx;
        this.model = model;
        this.epoch = epoch;
        this.metrics = metrics;
        this.malformed = malformed;
        this.clockNanos = clockNanos;
        this.core = new SchedulerCore(model, epoch, limits);
        this.loading = new LoadingProgress(
                metrics,
                model,
                limits.loading().silentNanosMax(),
                limits.memory().workersMax());
        this.timer = new DueTimer(vertx, clockNanos, () -> onEvent(new SchedulerEvent.TimePassed()));
    }

    /** The first thing that happens: everybody hears of this owner. */
    void begin() {
        onEvent(new SchedulerEvent.TimePassed());
    }

    /** Who there is to hear; may come before {@link #begin()}. */
    void onWorkersPresent(Set<String> workerIds) {
        onEvent(new SchedulerEvent.WorkersPresent(workerIds));
    }

    /** A gateway's process is gone, and all of its event loops. */
    void onGatewayLost(String nodeId) {
        onEvent(new SchedulerEvent.GatewayLost(nodeId));
    }

    /** A worker's process is gone without a word: what it would have said. */
    void onWorkerLost(String workerId) {
        onEvent(new SchedulerEvent.Received(new ToScheduler.WorkerLeft(workerId, model)));
    }

    void onMessage(@Nullable Object body) {
        if (!(body instanceof Buffer buffer)) {
            drop("not in wire form");
            return;
        }
        ToScheduler message;
        try {
            message = WireCodec.decodeToScheduler(buffer);
        } catch (WireFormatException malformedMessage) {
            drop(String.valueOf(malformedMessage.getMessage()));
            return;
        }
        if (isAboutThisModel(message)) {
            onEvent(new SchedulerEvent.Received(message));
        } else if (message instanceof ToScheduler.Submit submit) {
            refuseUnknownModel(submit);
        } else {
            drop(message.getClass().getSimpleName() + " about another model");
        }
    }

    private void onEvent(SchedulerEvent event) {
        long nowNanos = clockNanos.getAsLong();
        List<Effect> effects = core.on(event, nowNanos);
        loading.onTime(nowNanos);
        if (event instanceof SchedulerEvent.Received received) {
            loading.on(received.message(), nowNanos);
        }
        // First, so that who is told of a change sees it in the numbers.
        metrics.publish(core.gauges());
        timer.arm(core.nextDueNanos());
        effects.forEach(this::carryOut);
    }

    private void carryOut(Effect effect) {
        if (effect instanceof Effect.TellWorker tell) {
            if (tell.message() instanceof ToWorker.Refused refused) {
                refusal.say("model {}: worker {} is not taken: {}", model, tell.workerId(), refused.reason());
            }
            vertx.eventBus().send(Addresses.worker(tell.workerId()), WireCodec.encode(tell.fenced()));
        } else if (effect instanceof Effect.TellAll tell) {
            vertx.eventBus().publish(Addresses.ownerAlive(model), WireCodec.encode(tell.alive()));
        } else if (effect instanceof Effect.TellGateway tell) {
            send(tell.gatewayId(), tell.message());
        } else if (effect instanceof Effect.Boarded boarded) {
            metrics.onBoarded(boarded.queueWaitNanos(), boarded.waitReason());
        } else if (effect instanceof Effect.Ended ended) {
            metrics.onEnded(ended.end());
        } else if (effect instanceof Effect.WorkerSilent silent) {
            metrics.onWorkerSilent();
            LOG.warn(
                    "model {}: nothing was heard of worker {}, what it had goes on elsewhere",
                    model,
                    silent.workerId());
        } else if (effect instanceof Effect.GatewaySilent silent) {
            metrics.onGatewaySilent();
            LOG.warn("model {}: nothing was heard of gateway {}, what it waited for ends", model, silent.gatewayId());
        }
    }

    private boolean isAboutThisModel(ToScheduler message) {
        if (message instanceof ToScheduler.Submit submit) {
            for (GenerationRequest request : submit.generations()) {
                if (!request.model().equals(model)) {
                    return false;
                }
            }
            return true;
        } else if (message instanceof ToScheduler.Census census) {
            return census.description().model().equals(model);
        } else if (message instanceof ToScheduler.Inquire inquire) {
            return inquire.model().equals(model);
        } else if (message instanceof ToScheduler.StepReport report) {
            return report.model().equals(model);
        } else if (message instanceof ToScheduler.WorkerDraining draining) {
            return draining.model().equals(model);
        } else if (message instanceof ToScheduler.WorkerLeft left) {
            return left.model().equals(model);
        } else if (message instanceof ToScheduler.WorkerLoading loading) {
            return loading.model().equals(model);
        }
        return true;
    }

    /** The generations of a client request share their fate: one of another model spoils all. */
    private void refuseUnknownModel(ToScheduler.Submit submit) {
        Map<String, List<GenerationRef>> refs = new LinkedHashMap<>();
        for (GenerationRequest request : submit.generations()) {
            refs.computeIfAbsent(request.gatewayId(), id -> new ArrayList<>()).add(request.ref());
        }
        Rejection rejection = new Rejection(Rejection.Reason.UNKNOWN_MODEL, "", 0, 0);
        refs.forEach((gatewayId, list) -> send(gatewayId, new ToGateway.Rejected(epoch, list, rejection)));
    }

    private void send(String gatewayId, ToGateway message) {
        vertx.eventBus().send(Addresses.gateway(gatewayId), WireCodec.encode(message));
    }

    private void drop(String what) {
        malformed.drop(Addresses.scheduler(model), what);
    }
}
