package io.gondola.worker.inference;

import io.gondola.protocol.inference.InferenceFailure;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.InferenceResult;
import io.gondola.protocol.inference.ModelStatistics;
import io.gondola.protocol.inference.TensorModel;
import io.gondola.protocol.inference.ToInferenceGateway;
import io.gondola.protocol.inference.ToInferenceScheduler;
import io.gondola.protocol.inference.ToInferenceWorker;
import io.gondola.worker.engine.TensorEngine;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One version of a model in this process: its engine, and a thread for each instance. Batches that have begun are finished
 * whatever happens; the engine closes behind the last.
 */
final class LoadedModel {

    private static final Logger LOG = LoggerFactory.getLogger(LoadedModel.class);

    private final TensorModel model;
    private final BatchRunner runner;
    private final ModelCounts counts;
    private final InferenceOutbox outbox;
    private final String workerId;
    private final ThreadPoolExecutor instances;
    private final Set<Long> batchIds = ConcurrentHashMap.newKeySet();
    private final Promise<Void> closed = Promise.promise();

    LoadedModel(
            TensorModel model,
            TensorEngine engine,
            BatchRunner runner,
            ModelCounts counts,
            InferenceOutbox outbox,
            InferenceWorkerConfig config) {
        this.model = model;
        this.runner = runner;
        this.counts = counts;
        this.outbox = outbox;
        this.workerId = config.workerId();
        int count = model.batching().instanceCount();
        AtomicInteger threads = new AtomicInteger();
        this.instances =
                new ThreadPoolExecutor(
                        count,
                        count,
                        0,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(config.batchesWaitingMax()),
                        task -> new Thread(task, "gondola-" + model.name() + "-" + threads.incrementAndGet())) {
                    @Override
                    protected void terminated() {
                        engine.close();
                        closed.complete();
                    }
                };
    }

    TensorModel model() {
        return model;
    }

    /** Hands a batch to an instance; the results go out by themselves. */
    void put(ToInferenceWorker.RunBatch batch) {
        batchIds.add(batch.batchId());
        try {
            instances.execute(() -> compute(batch));
        } catch (RejectedExecutionException full) {
            batchIds.remove(batch.batchId());
            refuse(outbox, workerId, batch, counts.takeChanged(), "The worker is overloaded. Please try again.");
        }
    }

    ToInferenceScheduler.Running running() {
        return new ToInferenceScheduler.Running(model.name(), model.version(), List.copyOf(batchIds), counts.all());
    }

    /** Takes no more batches and closes the engine behind the last that it has. */
    Future<Void> close() {
        instances.shutdown();
        return closed.future();
    }

    private void compute(ToInferenceWorker.RunBatch batch) {
        BatchRunner.Outcome outcome;
        try {
            outcome = runner.run(batch.requests(), batch.queueNanos());
        } catch (RuntimeException | Error defect) {
            LOG.error("A batch of {} failed on a defect", model.name(), defect);
            batchIds.remove(batch.batchId());
            refuse(outbox, workerId, batch, counts.takeChanged(), "The worker failed. This is its fault.");
            return;
        }
        counts.onResults(outcome.results());
        send(outbox, workerId, batch, outcome.results());
        batchIds.remove(batch.batchId());
        outbox.toScheduler(new ToInferenceScheduler.BatchDone(
                workerId,
                batch.model(),
                batch.version(),
                batch.batchId(),
                outcome.runs(),
                outcome.runNanos(),
                counts.takeChanged()));
    }

    /** Answers a batch that will not be run. */
    static void refuse(
            InferenceOutbox outbox,
            String workerId,
            ToInferenceWorker.RunBatch batch,
            ModelStatistics statistics,
            String message) {
        InferenceFailure failure = new InferenceFailure(InferenceFailure.Kind.UNAVAILABLE, message);
        List<InferenceResult> results = new ArrayList<>();
        for (InferenceRequest request : batch.requests()) {
            results.add(InferenceResult.failed(request.id(), batch.version(), failure));
        }
        send(outbox, workerId, batch, results);
        outbox.toScheduler(new ToInferenceScheduler.BatchDone(
                workerId, batch.model(), batch.version(), batch.batchId(), 0, 0, statistics));
    }

    /** One message for each gateway, in the order of the batch. */
    private static void send(
            InferenceOutbox outbox, String workerId, ToInferenceWorker.RunBatch batch, List<InferenceResult> results) {
        Map<String, List<InferenceResult>> byGateway = new LinkedHashMap<>();
        for (int i = 0; i < results.size(); i++) {
            byGateway
                    .computeIfAbsent(batch.requests().get(i).gatewayId(), id -> new ArrayList<>())
                    .add(results.get(i));
        }
        byGateway.forEach(
                (gatewayId, own) -> outbox.toGateway(gatewayId, new ToInferenceGateway.Results(workerId, own)));
    }
}
