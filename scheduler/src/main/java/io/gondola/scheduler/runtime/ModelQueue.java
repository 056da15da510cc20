package io.gondola.scheduler.runtime;

import io.gondola.protocol.GenerationRef;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.Rejection;
import io.gondola.protocol.ToGateway;
import io.gondola.protocol.ToScheduler;
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
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One model's core in the world: messages in, effects out, one timer. On one event loop only. */
final class ModelQueue {

    private final Vertx vertx;
    private final String model;
    private final SchedulerMetrics metrics;
    private final MalformedMessages malformed;
    private final LongSupplier clockNanos;
    private final SchedulerCore core;
    private final DueTimer timer;

    ModelQueue(
            Vertx vertx,
            String model,
            SchedulerLimits limits,
            SchedulerMetrics metrics,
            MalformedMessages malformed,
            LongSupplier clockNanos) {
        this.vertx = vertx;
        this.model = model;
        this.metrics = metrics;
        this.malformed = malformed;
        this.clockNanos = clockNanos;
        this.core = new SchedulerCore(model, limits);
        this.timer = new DueTimer(vertx, clockNanos, () -> onEvent(new SchedulerEvent.TimePassed()));
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
        List<Effect> effects = core.on(event, clockNanos.getAsLong());
        // First, so that who is told of a change sees it in the numbers.
        metrics.publish(core.gauges());
        timer.arm(core.nextDueNanos());
        effects.forEach(this::carryOut);
    }

    private void carryOut(Effect effect) {
        if (effect instanceof Effect.TellWorker tell) {
            vertx.eventBus().send(Addresses.worker(tell.workerId()), WireCodec.encode(tell.message()));
        } else if (effect instanceof Effect.TellGateway tell) {
            send(tell.gatewayId(), tell.message());
        } else if (effect instanceof Effect.Boarded boarded) {
            metrics.onBoarded(boarded.queueWaitNanos(), boarded.waitReason());
        }
    }

    private boolean isAboutThisModel(ToScheduler message) {
        if (message instanceof ToScheduler.Submit submit) {
            return submit.generations().stream()
                    .allMatch(request -> request.model().equals(model));
        } else if (message instanceof ToScheduler.WorkerJoined joined) {
            return joined.description().model().equals(model);
        } else if (message instanceof ToScheduler.StepReport report) {
            return report.model().equals(model);
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
        refs.forEach((gatewayId, list) -> send(gatewayId, new ToGateway.Rejected(list, rejection)));
    }

    private void send(String gatewayId, ToGateway message) {
        vertx.eventBus().send(Addresses.gateway(gatewayId), WireCodec.encode(message));
    }

    private void drop(String what) {
        malformed.drop(Addresses.scheduler(model), what, clockNanos.getAsLong());
    }
}
