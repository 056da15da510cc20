package io.gondola.worker.engine.tensorflow;

import io.gondola.protocol.ModelDescription;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult;
import io.gondola.worker.engine.StepResult.RowResult;
import java.nio.file.Path;

/**
 * An engine that runs a decoder as a TensorFlow graph built from a Hugging Face directory.
 *
 * <p>A row whose numbers are none (a model that overflows) gives {@link RowResult#NO_TOKEN}; its blocks are cleared
 * before another sequence has them, because what is not a number survives being masked.
 */
public final class TensorFlowEngine implements InferenceEngine {

    private final ModelDescription description;
    private final LoadedDecoder decoder;
    private boolean closed;

    private TensorFlowEngine(ModelDescription description, LoadedDecoder decoder) {
        this.description = description;
        this.decoder = decoder;
    }

    /**
     * Loads a model; takes seconds, or minutes for large weights.
     *
     * @param name the served name, as it will stand in the description
     * @param directory with config.json and the safetensors files
     */
    public static TensorFlowEngine load(String name, Path directory, EngineOptions options, LoadProgress progress)
            throws EngineException {
        Precision precision = ProcessorFeatures.resolve(options.precision(), name);
        LoadedDecoder decoder = LoadedDecoder.load(directory, options.withPrecision(precision), progress);
        ModelDescription description = new ModelDescription(
                name,
                decoder.description().architecture(),
                decoder.contextTokensMax(),
                decoder.description().vocabularySize(),
                options.slots(),
                (long) options.slots() * decoder.contextTokensMax());
        return new TensorFlowEngine(description, decoder);
    }

    /** For tests: the way to the raw logits. */
    LoadedDecoder decoder() {
        return decoder;
    }

    @Override
    public ModelDescription describe() {
        return description;
    }

    @Override
    public StepResult step(StepBatch batch) throws EngineException {
        if (closed) {
            throw new EngineException(description.model() + ": the engine is closed");
        }
        new BatchCheck(description).check(batch.rows());
        try {
            batch.rows().forEach(decoder::board);
            decoder.compact();
            StepResults results = new StepResults(batch.rows(), decoder.sampler(), decoder::spoil);
            for (Pass pass : Pass.plan(batch.rows(), decoder.widths())) {
                decoder.passes().run(pass, results);
            }
            return results.toResult();
        } catch (RuntimeException | OutOfMemoryError e) {
            batch.rows().forEach(row -> decoder.spoil(row.slot()));
            throw new EngineException(
                    description.model() + ": a step of " + batch.rows().size() + " sequences failed: "
                            + LoadedDecoder.firstLine(e),
                    e);
        }
    }

    @Override
    public void release(int slot) {
        decoder.release(slot);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            decoder.close();
        }
    }
}
