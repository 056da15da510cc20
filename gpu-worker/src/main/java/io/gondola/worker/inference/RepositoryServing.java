package io.gondola.worker.inference;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.repository.ModelRepository;
import io.gondola.worker.repository.RepositoryException;
import io.gondola.worker.repository.TensorEngines;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;

/** A model repository in service: the worker of its models, and what loads and unloads them. */
public final class RepositoryServing {

    private final InferenceWorker worker;
    private final RepositoryLoader loader;
    private final RepositoryCommands commands;

    private RepositoryServing(InferenceWorker worker, RepositoryLoader loader, RepositoryCommands commands) {
        this.worker = worker;
        this.loader = loader;
        this.commands = commands;
    }

    /**
     * Starts without a model; {@link #load} must follow.
     *
     * @param workerId its name on the bus
     * @param threads that compute; 0 takes all processors
     */
    public static Future<RepositoryServing> start(
            Vertx vertx, String workerId, Path repository, int threads, MeterRegistry registry) {
        return InferenceWorker.start(vertx, InferenceWorkerConfig.of(workerId), registry)
                .compose(worker -> {
                    RepositoryLoader loader = new RepositoryLoader(
                            worker, new ModelRepository(repository), new TensorEngines(threads), registry);
                    return RepositoryCommands.start(vertx, worker, loader)
                            .map(commands -> new RepositoryServing(worker, loader, commands));
                });
    }

    /** Loads what the repository has. Blocking. */
    public void load() throws RepositoryException, EngineException {
        loader.loadAll();
    }

    /** Whether the scheduler knows every version that was loaded. */
    public boolean isReady() {
        return worker.isReady();
    }

    /** The names of the models that were loaded, in order. */
    public List<String> models() {
        return worker.models().stream().map(model -> model.name()).distinct().toList();
    }

    /** Takes no more batches; completes when those it has are done. The models stay known to the scheduler. */
    public Future<Void> drain() {
        return commands.close().eventually(worker::drain);
    }

    public Future<Void> close() {
        return commands.close().eventually(worker::close);
    }
}
