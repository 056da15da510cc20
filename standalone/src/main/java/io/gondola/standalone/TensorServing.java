package io.gondola.standalone;

import io.gondola.scheduler.inference.InferenceGauges;
import io.gondola.scheduler.inference.InferenceLimits;
import io.gondola.scheduler.runtime.InferenceNode;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.inference.RepositoryServing;
import io.gondola.worker.repository.RepositoryException;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Set;

/** The scheduler and the worker of a model repository, in the JVM of all other roles. */
final class TensorServing {

    private static final String WORKER_ID = "standalone";

    private final InferenceNode scheduler;
    private final RepositoryServing repository;

    private TensorServing(InferenceNode scheduler, RepositoryServing repository) {
        this.scheduler = scheduler;
        this.repository = repository;
    }

    /** Starts both, without a model. */
    static Future<TensorServing> start(
            Vertx vertx, InferenceLimits limits, Path directory, int threads, MeterRegistry registry) {
        return InferenceNode.start(vertx, limits, Set.of(WORKER_ID), registry)
                .compose(scheduler -> RepositoryServing.start(vertx, WORKER_ID, directory, threads, registry)
                        .map(repository -> new TensorServing(scheduler, repository)));
    }

    /** Loads what the repository has. Blocking. */
    void load() throws RepositoryException, EngineException {
        repository.load();
    }

    /** Whether every model that was loaded can be called. */
    boolean isReady() {
        return repository.isReady() && repository.models().stream().allMatch(this::hasWorker);
    }

    private boolean hasWorker(String model) {
        InferenceGauges gauges = scheduler.tryGauges(model);
        return gauges != null && gauges.workers() > 0;
    }

    Future<Void> close() {
        return repository.close().eventually(scheduler::close);
    }
}
