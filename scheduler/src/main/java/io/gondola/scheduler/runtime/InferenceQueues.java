package io.gondola.scheduler.runtime;

import io.gondola.launch.MalformedMessages;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.InferenceCodec;
import io.gondola.protocol.wire.WireFormatException;
import io.gondola.scheduler.inference.InferenceCore;
import io.gondola.scheduler.inference.InferenceEffect;
import io.gondola.scheduler.inference.InferenceEvent;
import io.gondola.scheduler.inference.InferenceLimits;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The core of inferences in the world: messages in, effects out, one timer. On one event loop only. */
final class InferenceQueues {

    /** Room for the batches of one life, and lives enough apart. */
    private static final long FIRST_BATCH_ID_MAX = 1L << 62;

    private final Vertx vertx;
    private final InferenceMetrics metrics;
    private final MalformedMessages malformed;
    private final LongSupplier clockNanos;
    private final InferenceCore core;
    private final DueTimer timer;

    InferenceQueues(
            Vertx vertx,
            InferenceLimits limits,
            InferenceMetrics metrics,
            MalformedMessages malformed,
            LongSupplier clockNanos) {
        this.vertx = vertx;
        this.metrics = metrics;
        this.malformed = malformed;
        this.clockNanos = clockNanos;
        core = new InferenceCore(limits, ThreadLocalRandom.current().nextLong(1, FIRST_BATCH_ID_MAX));
        timer = new DueTimer(vertx, clockNanos, () -> onEvent(new InferenceEvent.TimePassed()));
    }

    void onMessage(@Nullable Object body) {
        if (!(body instanceof Buffer buffer)) {
            malformed.drop(Addresses.inferenceScheduler(), "not in wire form");
            return;
        }
        ToInferenceScheduler message;
        try {
            message = InferenceCodec.decodeToScheduler(buffer);
        } catch (WireFormatException malformedMessage) {
            malformed.drop(Addresses.inferenceScheduler(), malformedMessage);
            return;
        }
        onEvent(new InferenceEvent.Received(message));
    }

    private void onEvent(InferenceEvent event) {
        List<InferenceEffect> effects = core.on(event, clockNanos.getAsLong());
        // First, so that who is told of a change sees it in the numbers.
        metrics.publish(core.gauges());
        timer.arm(core.nextDueNanos());
        effects.forEach(this::carryOut);
    }

    private void carryOut(InferenceEffect effect) {
        if (effect instanceof InferenceEffect.TellWorker tell) {
            vertx.eventBus().send(Addresses.inferenceWorker(tell.workerId()), InferenceCodec.encode(tell.message()));
        } else if (effect instanceof InferenceEffect.TellGateway tell) {
            vertx.eventBus().send(Addresses.inferenceGateway(tell.gatewayId()), InferenceCodec.encode(tell.message()));
        } else if (effect instanceof InferenceEffect.TellGateways tell) {
            vertx.eventBus().publish(Addresses.inferenceGateways(), InferenceCodec.encode(tell.message()));
        } else if (effect instanceof InferenceEffect.Departed departed) {
            metrics.onDeparted(departed);
        }
    }
}
