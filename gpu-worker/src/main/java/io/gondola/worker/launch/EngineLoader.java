package io.gondola.worker.launch;

import io.gondola.launch.ModelSource;
import io.gondola.launch.StartupException;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.ModelMemory;
import io.gondola.worker.engine.simulated.SimulatedEngine;
import io.gondola.worker.engine.simulated.SimulatedModel;
import io.gondola.worker.engine.simulated.Sleeper;
import io.gondola.worker.engine.tensorflow.TensorFlowEngine;
import io.gondola.worker.runtime.LoadingNotice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the engines that a configuration asks for, and says how that goes. */
public final class EngineLoader {

    private static final Logger LOG = LoggerFactory.getLogger(EngineLoader.class);

    private final EngineConfig config;

    /** What to pretend where the model itself is not loaded. */
    @FunctionalInterface
    public interface Pretence {
        SimulatedModel of(ModelSource source) throws EngineException;
    }

    public EngineLoader(EngineConfig config) {
        this.config = config;
    }

    /**
     * Loads all models; takes as long as their weights are large. Whether they fit is known before the first is read, and
     * how much of the memory each KV cache gets.
     *
     * @param notice tells how far it is; closed by the caller, and told here when it failed
     */
    public List<InferenceEngine> load(List<ModelSource> models, Pretence pretence, LoadingNotice notice)
            throws EngineException {
        List<InferenceEngine> engines = new ArrayList<>();
        try {
            List<Long> kvBytes = kvBytes(models);
            for (int i = 0; i < models.size(); i++) {
                LoadProgress progress = notice.progressOf(models.get(i).name());
                engines.add(load(models.get(i), pretence, kvBytes.get(i), progress));
            }
            // What loading left on the heap would otherwise stay resident until the first collection, which may be far.
            System.gc();
            return engines;
        } catch (EngineException | RuntimeException | Error failure) {
            engines.forEach(InferenceEngine::close);
            notice.onFailed();
            throw failure;
        }
    }

    private List<Long> kvBytes(List<ModelSource> models) throws EngineException {
        if (config.kind() == EngineKind.SIMULATED) {
            return Collections.nCopies(models.size(), 0L);
        }
        List<ModelMemory> memories = new ArrayList<>();
        for (ModelSource source : models) {
            memories.add(TensorFlowEngine.memory(source.name(), source.directory(), config.options()));
        }
        return config.kvMemory().divide(memories, TensorFlowEngine.available(config.options()));
    }

    private InferenceEngine load(ModelSource source, Pretence pretence, long kvBytes, LoadProgress progress)
            throws EngineException {
        LoadProgress lines = new ProgressLines(source.name(), System::nanoTime);
        long startNanos = System.nanoTime();
        EngineOptions options = config.options()
                .withKvBytesMax(kvBytes)
                .withKvPercent(config.kvMemory().percent());
        InferenceEngine engine = config.kind() == EngineKind.SIMULATED
                ? simulate(pretence.of(source))
                : TensorFlowEngine.load(source.name(), source.directory(), options, (done, total) -> {
                    lines.onProgress(done, total);
                    progress.onProgress(done, total);
                });
        LOG.info(
                "Loaded {} ({}, {} slots, context of {} tokens, KV cache of {} tokens) in {} ms",
                source.name(),
                engine.describe().architecture(),
                engine.describe().slots(),
                engine.describe().contextTokensMax(),
                engine.describe().kvTokensMax(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos));
        return engine;
    }

    /** Whose move it is when a model could not be loaded. */
    public static StartupException toStartupException(Throwable failure) {
        if (failure instanceof EngineException bad) {
            return new StartupException(StartupException.Kind.CONFIGURATION, String.valueOf(bad.getMessage()), bad);
        }
        return new StartupException(
                StartupException.Kind.ENVIRONMENT, "the engine cannot run here: " + failure, failure);
    }

    private InferenceEngine simulate(SimulatedModel model) {
        LOG.warn("The answers of {} are simulated: made-up tokens, no model", model.name());
        return new SimulatedEngine(model, config.simulatedCosts(), Sleeper.real());
    }
}
