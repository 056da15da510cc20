package io.gondola.scheduler.runtime;

import io.gondola.launch.MalformedMessages;
import io.gondola.launch.logging.RareWarning;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
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
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The core of inferences in the world: messages in, effects out, one timer. On one event loop only. */
final class InferenceQueues {

    private static final Logger LOG = LoggerFactory.getLogger(InferenceQueues.class);

    private final RareWarning refusal = new RareWarning(LOG);
    private final Vertx vertx;
    private final InferenceMetrics metrics;
    private final MalformedMessages malformed;
    private final LongSupplier clockNanos;
    private final InferenceCore core;
    private final DueTimer timer;
    private boolean isClosed;

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
        core = new InferenceCore(limits, Epochs.draw());
        timer = new DueTimer(vertx, clockNanos, () -> onEvent(new InferenceEvent.TimePassed()));
    }

    /**
     * The first thing that happens: gateways and workers hear of this owner.
     *
     * @param present the workers that are known to be there; null where nobody knows
     */
    void begin(@Nullable Set<String> present) {
        onEvent(present == null ? new InferenceEvent.TimePassed() : new InferenceEvent.WorkersPresent(present));
    }

    /** The workers with a model repository that are there now. */
    void onWorkersPresent(Set<String> workerIds) {
        onEvent(new InferenceEvent.WorkersPresent(workerIds));
    }

    /** A gateway's process is gone, and all of its event loops. */
    void onGatewayLost(String nodeId) {
        onEvent(new InferenceEvent.GatewayLost(nodeId));
    }

    /** A worker's process is gone without a word: what it would have said. */
    void onWorkerLost(String workerId) {
        onEvent(new InferenceEvent.Received(new ToInferenceScheduler.WorkerGone(workerId)));
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

    /** Nothing happens any more, and no timer wakes it. */
    void close() {
        isClosed = true;
        timer.arm(Long.MAX_VALUE);
    }

    private void onEvent(InferenceEvent event) {
        if (isClosed) {
            return;
        }
        List<InferenceEffect> effects = core.on(event, clockNanos.getAsLong());
        // First, so that who is told of a change sees it in the numbers.
        metrics.publish(core.gauges());
        timer.arm(core.nextDueNanos());
        effects.forEach(this::carryOut);
    }

    private void carryOut(InferenceEffect effect) {
        if (effect instanceof InferenceEffect.TellWorker tell) {
            if (tell.message() instanceof ToInferenceWorker.Refused refused) {
                refusal.say(
                        "version {} of {} is not taken from worker {}: {}",
                        refused.version(),
                        refused.model(),
                        tell.workerId(),
                        refused.reason());
            }
            vertx.eventBus().send(Addresses.inferenceWorker(tell.workerId()), InferenceCodec.encode(tell.message()));
        } else if (effect instanceof InferenceEffect.TellGateway tell) {
            vertx.eventBus().send(Addresses.inferenceGateway(tell.gatewayId()), InferenceCodec.encode(tell.message()));
        } else if (effect instanceof InferenceEffect.TellGateways tell) {
            vertx.eventBus().publish(Addresses.inferenceGateways(), InferenceCodec.encode(tell.message()));
        } else if (effect instanceof InferenceEffect.TellWorkers tell) {
            vertx.eventBus().publish(Addresses.inferenceWorkers(), InferenceCodec.encode(tell.message()));
        } else if (effect instanceof InferenceEffect.Departed departed) {
            metrics.onDeparted(departed);
        }
    }
}
