package io.gondola.worker.engine.tensorflow;

import io.gondola.protocol.ModelDescription;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult;
import java.nio.file.Path;

/** An engine that runs a decoder as a TensorFlow graph built from a Hugging Face directory. */
public final class TensorFlowEngine implements InferenceEngine {

    private final ModelDescription description;

    private TensorFlowEngine(ModelDescription description) {
        this.description = description;
    }

    /**
     * Loads a model; takes seconds, or minutes for large weights.
     *
     * @param name the served name, as it will stand in the description
     * @param directory with config.json and the safetensors files
     */
    public static TensorFlowEngine load(String name, Path directory, EngineOptions options, LoadProgress progress)
            throws EngineException {
        throw new EngineException(directory + ": the TensorFlow engine is not landed yet");
    }

    @Override
    public ModelDescription describe() {
        return description;
    }

    @Override
    public StepResult step(StepBatch batch) throws EngineException {
        throw new EngineException("not landed yet");
    }

    @Override
    public void release(int slot) {
        // Nothing to clear: no row attends beyond its own position.
    }

    @Override
    public void close() {
        // Nothing yet.
    }
}
