package io.gondola.worker.runtime;

import io.gondola.launch.MalformedMessages;
import io.gondola.launch.logging.RareWarning;
import io.gondola.protocol.Fenced;
import io.gondola.protocol.FinishReason;
import io.gondola.protocol.GenerationRequest;
import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.ToGateway.TokenFrame;
import io.gondola.protocol.ToScheduler.Finished;
import io.gondola.protocol.ToScheduler.StepReport;
import io.gondola.protocol.ToWorker;
import io.gondola.protocol.TokenChunk;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireCodec;
import io.gondola.protocol.wire.WireFormatException;
import io.gondola.worker.engine.InferenceEngine;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker: one step loop for each model it has loaded, and one address on the event bus for all of them.
 *
 * <p>Its event-bus handler only decodes and puts into an inbox; everything else happens on the step loops' threads.
 */
public final class GpuWorker {

    private static final Logger LOG = LoggerFactory.getLogger(GpuWorker.class);
    private static final long DRAIN_POLL_MILLIS = 20;

    private final WorkerConfig config;
    private final Vertx vertx;
    private final MalformedMessages malformedMessages;
    private final RareWarning warning = new RareWarning(LOG);
    private final RareWarning refusal = new RareWarning(LOG);
    private final Counter inboxOverflows;
    private final Map<String, Seat> seats = new LinkedHashMap<>();
    private final List<MessageConsumer<Object>> consumers = new ArrayList<>();
    private @Nullable Future<Void> closed;

    /** A model's loop, its standing with the scheduler, and its end. */
    private record Seat(StepLoop loop, Membership membership, Future<Void> ended) {}

    /** Starts a worker with one model. See {@link #start(Vertx, WorkerConfig, List, MeterRegistry)}. */
    public static Future<GpuWorker> start(
            Vertx vertx, WorkerConfig config, InferenceEngine engine, MeterRegistry registry) {
        return start(vertx, config, List.of(engine), registry);
    }

    /**
     * Starts a worker: its step loops run and its address is registered when the future completes; {@link #isReady()}
     * says when the schedulers know it.
     *
     * @param engines one for each model; the worker owns them from here on and closes them
     */
    public static Future<GpuWorker> start(
            Vertx vertx, WorkerConfig config, List<InferenceEngine> engines, MeterRegistry registry) {
        List<String> models =
                engines.stream().map(engine -> engine.describe().model()).toList();
        if (engines.isEmpty() || models.stream().distinct().count() < models.size()) {
            throw new IllegalArgumentException("a worker needs engines of distinct models: " + models);
        }
        GpuWorker worker = new GpuWorker(vertx, config, engines, registry);
        List<Future<Void>> registrations =
                worker.consumers.stream().map(MessageConsumer::completion).toList();
        return Future.all(registrations).map(registered -> {
            worker.seats.values().forEach(seat -> seat.membership().join());
            return worker;
        });
    }

    private GpuWorker(Vertx vertx, WorkerConfig config, List<InferenceEngine> engines, MeterRegistry registry) {
        this.config = config;
        this.vertx = vertx;
        this.malformedMessages = new MalformedMessages(registry, "worker");
        this.inboxOverflows = Counter.builder("gondola.worker.inbox.overflows")
                .description("Messages that a full inbox did not take")
                .register(registry);
        for (InferenceEngine engine : engines) {
            ModelDescription model = engine.describe();
            Membership membership = new Membership(vertx, config.workerId(), model, System::nanoTime);
            Promise<Void> ended = Promise.promise();
            StepLoop loop = StepLoop.start(
                    body -> inContext(vertx, body),
                    engine,
                    config,
                    membership,
                    System::nanoTime,
                    new WorkerMetrics(registry, model.model()),
                    endListener(membership, ended));
            seats.put(model.model(), new Seat(loop, membership, ended.future()));
            listen(Addresses.ownerAlive(model.model()), body -> onOwnerAlive(membership, body));
        }
        listen(Addresses.worker(config.workerId()), this::receive);
    }

    private interface BodyHandler {
        void on(Buffer body) throws WireFormatException;
    }

    private void listen(String address, BodyHandler handler) {
        consumers.add(vertx.eventBus().consumer(address, message -> {
            try {
                if (!(message.body() instanceof Buffer body)) {
                    throw new WireFormatException("not in wire form");
                }
                handler.on(body);
            } catch (WireFormatException malformed) {
                malformedMessages.drop(address, malformed);
            }
        }));
    }

    /** Whoever sends from a thread that has no context is made one for each message. */
    private static void inContext(Vertx vertx, Runnable body) {
        ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
        ContextInternal before = context.beginDispatch();
        try {
            body.run();
        } finally {
            context.endDispatch(before);
        }
    }

    private static StepLoop.EndListener endListener(Membership membership, Promise<Void> ended) {
        return new StepLoop.EndListener() {
            @Override
            public void onFailure() {
                membership.leave();
            }

            @Override
            public void onEnded() {
                ended.complete();
            }
        };
    }

    public String workerId() {
        return config.workerId();
    }

    /** Whether every model is known to its scheduler and in service. */
    public boolean isReady() {
        return seats.values().stream().allMatch(seat -> seat.membership().isMember());
    }

    /** Takes nothing new; completes when nothing is aboard any more, or {@link #close()} has ended it. */
    public Future<Void> drain() {
        seats.values().forEach(seat -> seat.membership().drain());
        Promise<Void> drained = Promise.promise();
        vertx.setPeriodic(DRAIN_POLL_MILLIS, timer -> {
            if (isOver()) {
                vertx.cancelTimer(timer);
                drained.tryComplete();
            }
        });
        return drained.future();
    }

    private synchronized boolean isOver() {
        return closed != null
                || seats.values().stream().allMatch(seat -> seat.membership().isEmpty());
    }

    /** Says WorkerLeft, ends the loops behind their running steps, and closes the engines. Idempotent. */
    public synchronized Future<Void> close() {
        if (closed == null) {
            List<Future<Void>> ends = new ArrayList<>();
            for (Seat seat : seats.values()) {
                seat.membership().leave();
                seat.loop().stop();
                ends.add(seat.ended());
            }
            consumers.forEach(consumer -> ends.add(consumer.unregister()));
            closed = Future.join(ends).mapEmpty();
        }
        return closed;
    }

    private static void onOwnerAlive(Membership membership, Buffer body) throws WireFormatException {
        membership.onOwnerAlive(WireCodec.decodeOwnerAlive(body).epoch());
    }

    private void receive(Buffer body) throws WireFormatException {
        Fenced fenced = WireCodec.decodeToWorker(body);
        ToWorker message = fenced.message();
        Seat seat = seats.get(message.model());
        if (seat == null) {
            // Its owner knows us by another life, or not at all: it will not find this in any census.
            warning.say("A message about a model that is not loaded here: {}", message.model());
            return;
        }
        boolean isTaken = seat.membership().tryTake(fenced);
        if (isTaken && message instanceof ToWorker.Refused refused) {
            refusal.say(
                    "model {}: the owner of its queue does not take this worker: {}",
                    refused.model(),
                    refused.reason());
        }
        if (isTaken && !seat.loop().tryPut(message)) {
            inboxOverflows.increment();
            warning.say("The inbox of a model did not take a message: {}", message.model());
            if (message instanceof ToWorker.Admit admit) {
                refuse(seat.membership(), admit);
            }
        }
    }

    /** Answers what the loop did not take: nobody may wait for tokens that cannot come. */
    private void refuse(Membership membership, ToWorker.Admit admit) {
        String error = "The worker is overloaded. Please try again.";
        List<Finished> finished = new ArrayList<>();
        for (GenerationRequest request : admit.generations()) {
            int given = request.generatedTokens().length;
            TokenChunk end = TokenChunk.end(request.ref(), given, FinishReason.ERROR, error);
            membership.toGateway(request.gatewayId(), new TokenFrame(config.workerId(), admit.model(), List.of(end)));
            finished.add(new Finished(request.ref(), FinishReason.ERROR, given));
        }
        membership.toScheduler(new StepReport(config.workerId(), admit.model(), 0, 0, 0, 0, 0, finished));
    }
}
