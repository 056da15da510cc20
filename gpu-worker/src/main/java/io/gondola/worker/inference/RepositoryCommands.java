package io.gondola.worker.inference;

import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceGateway.Change;
import io.gondola.protocol.inference.ToInferenceWorker;
import io.gondola.protocol.wire.Addresses;
import io.gondola.protocol.wire.WireFormatException;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.repository.RepositoryException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads and unloads models of the repository as operators ask, one after the other, on a thread that may wait. */
public final class RepositoryCommands {

    private static final Logger LOG = LoggerFactory.getLogger(RepositoryCommands.class);
    private static final int WAITING_MAX = 64;
    private static final long POLL_MILLIS = 5;
    private static final long SETTLE_MILLIS_MAX = 60_000;

    private final InferenceWorker worker;
    private final RepositoryLoader loader;
    private final WorkerExecutor thread;
    private final MessageConsumer<Object> consumer;
    private final AtomicInteger waiting = new AtomicInteger();
    /** By model: what was tried last; bounded by the models that are loaded. */
    private final Map<String, Long> loadedAgainMillis = new ConcurrentHashMap<>();

    private RepositoryCommands(Vertx vertx, InferenceWorker worker, RepositoryLoader loader) {
        this.worker = worker;
        this.loader = loader;
        this.thread = vertx.createSharedWorkerExecutor(
                "gondola-repository-" + worker.config().workerId(), 1, 1, TimeUnit.HOURS);
        worker.onLoadAgain(this::onLoadAgain);
        this.consumer = vertx.eventBus().consumer(Addresses.inferenceWorkers(), message -> receive(message.body()));
    }

    /** Listens from here on. */
    public static Future<RepositoryCommands> start(Vertx vertx, InferenceWorker worker, RepositoryLoader loader) {
        RepositoryCommands commands = new RepositoryCommands(vertx, worker, loader);
        return commands.consumer.completion().map(commands);
    }

    public Future<Void> close() {
        return consumer.unregister().eventually(thread::close);
    }

    private void receive(@Nullable Object body) {
        try {
            if (InferenceWorker.read(body) instanceof ToInferenceWorker.ChangeModel change) {
                onChange(change);
            }
        } catch (WireFormatException malformed) {
            worker.malformedMessages().drop(Addresses.inferenceWorkers(), malformed);
        }
    }

    private void onChange(ToInferenceWorker.ChangeModel change) {
        if (waiting.incrementAndGet() > WAITING_MAX) {
            waiting.decrementAndGet();
            answer(change, Change.FAILED, "more than " + WAITING_MAX + " models wait to be loaded");
            return;
        }
        thread.executeBlocking(() -> carryOut(change)).onComplete(ended -> {
            waiting.decrementAndGet();
            Outcome outcome = ended.result();
            if (outcome == null) {
                LOG.error("Changing model {} failed on a defect", change.model(), ended.cause());
                outcome = new Outcome(Change.FAILED, "the worker failed: " + ended.cause());
            }
            answer(change, outcome.change(), outcome.error());
        });
    }

    /** Once for each word of an operator, however often it is told: what failed would fail again. */
    private void onLoadAgain(ToInferenceWorker.LoadAgain again) {
        long triedMillis = loadedAgainMillis.getOrDefault(again.model(), 0L);
        if (triedMillis >= again.askedMillis() || waiting.incrementAndGet() > WAITING_MAX) {
            return;
        }
        loadedAgainMillis.put(again.model(), again.askedMillis());
        thread.executeBlocking(() -> {
                    if (loader.isLoaded(again.model())) {
                        loader.load(again.model(), again.settings(), again.askedMillis());
                    }
                    return "";
                })
                .onComplete(ended -> {
                    waiting.decrementAndGet();
                    if (ended.failed()) {
                        LOG.warn(
                                "Model {} could not be loaded as an operator asked for: {}",
                                again.model(),
                                ended.cause().getMessage());
                    }
                });
    }

    private record Outcome(Change change, String error) {}

    /** Done is what the scheduler knows too. */
    private Outcome carryOut(ToInferenceWorker.ChangeModel change) throws InterruptedException {
        try {
            if (change.isLoad()) {
                if (!loader.has(change.model())) {
                    return new Outcome(Change.NOT_THERE, "no model '" + change.model() + "' in the repository");
                }
                loader.loadNow(change.model(), change.settings(), change.askedMillis());
                Outcome outcome = settle(() -> worker.isAnswered(change.model()));
                String refusal = worker.refusal(change.model());
                return refusal.isEmpty() ? outcome : new Outcome(Change.FAILED, refusal);
            }
            if (!loader.isLoaded(change.model())) {
                return new Outcome(Change.NOT_THERE, "failed to unload '" + change.model() + "': it is not loaded");
            }
            loader.unload(change.model());
            return settle(() -> !worker.has(change.model()));
        } catch (RepositoryException | EngineException failure) {
            LOG.warn("Model {} could not be loaded: {}", change.model(), failure.getMessage());
            return new Outcome(Change.FAILED, String.valueOf(failure.getMessage()));
        }
    }

    private static Outcome settle(BooleanSupplier isSettled) throws InterruptedException {
        for (long waitedMillis = 0; !isSettled.getAsBoolean(); waitedMillis += POLL_MILLIS) {
            if (waitedMillis > SETTLE_MILLIS_MAX) {
                return new Outcome(Change.FAILED, "the scheduler did not answer within " + SETTLE_MILLIS_MAX + " ms");
            }
            Thread.sleep(POLL_MILLIS);
        }
        return new Outcome(Change.DONE, "");
    }

    private void answer(ToInferenceWorker.ChangeModel change, Change outcome, String error) {
        worker.outbox()
                .toGateway(
                        change.gatewayId(),
                        new ToInferenceGateway.ModelChanged(
                                change.requestId(), worker.config().workerId(), outcome, error));
    }
}
