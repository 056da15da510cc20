package io.gondola.worker.engine.tensorflow;

import io.gondola.protocol.ModelDescription;
import io.gondola.worker.engine.AvailableMemory;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.InferenceEngine;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.ModelMemory;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult;
import io.gondola.worker.engine.StepResult.RowResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tensorflow.TensorFlow;

/**
 * An engine that runs a decoder as a TensorFlow graph built from a Hugging Face directory.
 *
 * <p>A row whose numbers are none (a model that overflows) gives {@link RowResult#NO_TOKEN}; its blocks are cleared
 * before another sequence has them, because what is not a number survives being masked.
 */
public final class TensorFlowEngine implements InferenceEngine {

    private static final Logger LOG = LoggerFactory.getLogger(TensorFlowEngine.class);

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
        Precision precision = ProcessorFeatures.resolveAloud(options.precision(), name);
        EngineOptions resolved =
                options.withPrecision(precision).withDevice(Devices.resolveAloud(options.device(), precision, name));
        List<String> unread = DecoderSource.open(directory, resolved).unread();
        if (!unread.isEmpty()) {
            LOG.warn("{}: {} tensors are not read, {} first", name, unread.size(), unread.get(0));
        }
        return precision == Precision.INT8
                ? loadChecked(name, directory, resolved, progress)
                : loadUnchecked(name, directory, resolved, progress);
    }

    /** What a model will take of the memory; reads no weights. */
    public static ModelMemory memory(String name, Path directory, EngineOptions options) throws EngineException {
        Precision precision = ProcessorFeatures.resolve(options.precision());
        return DecoderSource.open(directory, options).memory(name, options.withPrecision(precision));
    }

    /** What weights and KV caches may take of the memory: the device's, where that is a GPU. */
    public static AvailableMemory available(EngineOptions options) throws EngineException {
        Precision precision = ProcessorFeatures.resolve(options.precision());
        // Its libraries are some hundred megabytes, which would otherwise be taken once the caches have been sized.
        String version = TensorFlow.version();
        LOG.debug("TensorFlow {}", version);
        return Devices.memory(Devices.resolve(options.device(), precision, "--device"));
    }

    /** What {@link Precision#AUTO} means on this machine; others are what they are. */
    public static Precision resolve(Precision precision) {
        return ProcessorFeatures.resolve(precision);
    }

    /** Loads the model twice, where there is room: what it says in bytes is compared with what it says in bfloat16. */
    private static TensorFlowEngine loadChecked(
            String name, Path directory, EngineOptions options, LoadProgress progress) throws EngineException {
        int contextTokensMax = DecoderSource.open(directory, options).contextTokensMax();
        EngineOptions few = options.withSlots(PrecisionCheck.TEXTS)
                .withContextTokensMax(PrecisionCheck.textTokens(contextTokensMax))
                .withPrecision(Precision.BF16)
                .withKvBytesMax(0)
                .withKvPercent(0);
        ModelMemory needed = memory(name, directory, few);
        if (!needed.fits(Devices.memory(few.device()))) {
            LOG.warn("{}: not enough memory to compare int8 with bf16 before the model is served", name);
            return loadUnchecked(name, directory, options, progress);
        }
        PrecisionCheck check;
        try (TensorFlowEngine reference = loadUnchecked(name, directory, few, LoadProgress.NONE)) {
            check = new PrecisionCheck(reference);
        }
        NativeMemory.trim();
        TensorFlowEngine engine = loadUnchecked(name, directory, options, progress);
        double agreement = check.agreement(engine);
        String line = String.format(
                Locale.ROOT,
                "%s: in int8 and in bf16 the model chose the same token %.0f %% of the time in a short self-check",
                name,
                100 * agreement);
        if (agreement < PrecisionCheck.AGREEMENT_MIN) {
            LOG.warn(
                    "{}; less than {} %: its answers may suffer", line, Math.round(100 * PrecisionCheck.AGREEMENT_MIN));
        } else {
            LOG.info("{}", line);
        }
        return engine;
    }

    private static TensorFlowEngine loadUnchecked(
            String name, Path directory, EngineOptions options, LoadProgress progress) throws EngineException {
        LoadedDecoder decoder = LoadedDecoder.load(directory, options, progress);
        NativeMemory.trim();
        ModelDescription description = new ModelDescription(
                name,
                decoder.description().architecture(),
                decoder.contextTokensMax(),
                decoder.description().vocabularySize(),
                options.slots(),
                decoder.kvTokensMax());
        return new TensorFlowEngine(description, decoder);
    }

    /** What a step must at least read and compute. */
    public DecoderWork work() {
        return decoder.work();
    }

    /** Ends {@link #trace}. */
    public void untrace() {
        decoder.trace(null, null);
    }

    /** From now on steps are traced, which slows them: those without prefill, and those with. */
    public void trace(OperationTimes decode, OperationTimes prefill) {
        decoder.trace(decode, prefill);
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
            batch.rows().forEach(decoder.blocks()::board);
            decoder.blocks().compact();
            StepResults results = new StepResults(batch.rows(), decoder.sampler(), decoder.blocks()::spoil);
            decoder.run(batch.rows(), results);
            batch.rows().forEach(decoder.blocks()::hold);
            return results.toResult();
        } catch (RuntimeException | OutOfMemoryError e) {
            batch.rows().forEach(row -> decoder.blocks().spoil(row.slot()));
            throw new EngineException(
                    description.model() + ": a step of " + batch.rows().size() + " sequences failed: "
                            + LoadedDecoder.firstLine(e),
                    e);
        }
    }

    @Override
    public int reuse(int slot, int[] history, int tokensMax) {
        try {
            return decoder.blocks().reuse(slot, history, tokensMax);
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.warn("{}: the cache of a prefix could not be copied, it is computed", description.model(), e);
            decoder.blocks().spoil(slot);
            decoder.blocks().release(slot);
            return 0;
        }
    }

    @Override
    public void releaseForReuse(int slot) {
        decoder.blocks().keep(slot);
    }

    @Override
    public void release(int slot) {
        decoder.blocks().release(slot);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            decoder.close();
        }
    }
}
