package io.gondola.standalone;

import io.gondola.scheduler.inference.InferenceGauges;
import io.gondola.scheduler.inference.InferenceLimits;
import io.gondola.scheduler.runtime.InferenceNode;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.inference.InferenceWorker;
import io.gondola.worker.inference.InferenceWorkerConfig;
import io.gondola.worker.inference.RepositoryCommands;
import io.gondola.worker.inference.RepositoryLoader;
import io.gondola.worker.repository.ModelRepository;
import io.gondola.worker.repository.RepositoryException;
import io.gondola.worker.repository.TensorEngines;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;

/** The scheduler and the worker of a model repository, in the JVM of all other roles. */
final class TensorServing {

    private final InferenceNode scheduler;
    private final InferenceWorker worker;
    private final RepositoryLoader loader;
    private final RepositoryCommands commands;

    private TensorServing(
            InferenceNode scheduler, InferenceWorker worker, RepositoryLoader loader, RepositoryCommands commands) {
        this.scheduler = scheduler;
        this.worker = worker;
        this.loader = loader;
        this.commands = commands;
    }

    /** Starts both, without a model. */
    static Future<TensorServing> start(Vertx vertx, Path repository, int threads, MeterRegistry registry) {
        return InferenceNode.start(vertx, InferenceLimits.defaults(), registry)
                .compose(scheduler -> InferenceWorker.start(vertx, InferenceWorkerConfig.of("standalone"), registry)
                        .compose(worker -> {
                            RepositoryLoader loader = new RepositoryLoader(
                                    worker, new ModelRepository(repository), new TensorEngines(threads), registry);
                            return RepositoryCommands.start(vertx, worker, loader)
                                    .map(commands -> new TensorServing(scheduler, worker, loader, commands));
                        }));
    }

    /** Loads what the repository has. Blocking. */
    void load() throws RepositoryException, EngineException {
        loader.loadAll();
    }

    /** Whether every model that was loaded can be called. */
    boolean isReady() {
        return worker.isReady() && worker.models().stream().allMatch(model -> hasWorker(model.name()));
    }

    private boolean hasWorker(String model) {
        InferenceGauges gauges = scheduler.tryGauges(model);
        return gauges != null && gauges.workers() > 0;
    }

    Future<Void> close() {
        return commands.close().eventually(worker::close).eventually(scheduler::close);
    }
}
