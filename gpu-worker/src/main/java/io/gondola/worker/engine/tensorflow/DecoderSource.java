package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.ModelMemory;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.weights.Checkpoint;
import io.gondola.worker.engine.weights.ModelDirectory;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A model directory that was looked through: which decoder it holds, and how much memory that will take. No weight is read
 * yet.
 *
 * @param plan where the weights are
 * @param contextTokensMax the most tokens of one sequence, as the options limit it
 * @param unread tensors that nothing is made of
 */
record DecoderSource(DecoderDescription description, WeightPlan plan, int contextTokensMax, List<String> unread) {

    static DecoderSource open(Path path, EngineOptions options) throws EngineException {
        ModelDirectory directory = ModelDirectory.open(path);
        Architecture.Recognised recognised = Architecture.recognise(directory.config());
        DecoderDescription description = recognised.description();
        int contextTokensMax = contextTokensMax(directory, description, options);
        Checkpoint checkpoint = directory.openCheckpoint();
        if (description.tiedHead() && hasHeadOfItsOwn(recognised.architecture(), checkpoint)) {
            description = description.withUntiedHead();
        }
        List<WeightSpec> specs = recognised.architecture().weights(description, directory.config(), checkpoint);
        WeightPlan plan = WeightPlan.of(specs, checkpoint);
        List<String> unread = UnreadTensors.of(specs, checkpoint, description.architecture());
        return new DecoderSource(description, plan, contextTokensMax, unread);
    }

    /**
     * A checkpoint may hold an output layer although config.json says that it is the embedding. Where it is a copy there is
     * no need for it; where it differs, it was trained, and transformers takes it too.
     */
    private static boolean hasHeadOfItsOwn(Architecture architecture, Checkpoint checkpoint) throws EngineException {
        return checkpoint.has(Architecture.HEAD)
                && !checkpoint.areEqual(Architecture.HEAD, architecture.embedding(checkpoint));
    }

    private static int contextTokensMax(ModelDirectory directory, DecoderDescription description, EngineOptions options)
            throws EngineException {
        if (options.contextTokensMax() > description.contextTokensMax()) {
            throw directory.config().shorterContext(description.contextTokensMax(), options.contextTokensMax());
        }
        return options.contextTokensMax() == 0 ? description.contextTokensMax() : options.contextTokensMax();
    }

    /** @param model the served name */
    ModelMemory memory(String model, EngineOptions options) {
        long blockBytes = blockBytes(options);
        return new ModelMemory(
                model,
                plan.memoryBytes(
                        options.precision(),
                        description.tiedHead(),
                        spillDirectory(options.precision()).isPresent()),
                saturated(KvLayout.blocksMin(options.slots(), contextTokensMax), blockBytes),
                saturated(KvLayout.blocksMax(options.slots(), contextTokensMax), blockBytes));
    }

    /** What a step must read and compute. */
    DecoderWork work(EngineOptions options) {
        return DecoderWork.of(description, plan.tensors().keySet(), options);
    }

    /** Where the bytes go that oneDNN keeps a copy of; none where there is no need or no room. */
    Optional<Path> spillDirectory(Precision precision) {
        return precision == Precision.INT8
                ? SpillFile.directory(plan.multipliedBytes(description.tiedHead()))
                : Optional.empty();
    }

    /** A config.json may ask for more than a long can count. */
    private static long saturated(long blocks, long blockBytes) {
        return blocks > Long.MAX_VALUE / 4 / blockBytes ? Long.MAX_VALUE / 4 : blocks * blockBytes;
    }

    private long blockBytes(EngineOptions options) {
        return description.kvNumbersPerToken()
                * KvLayout.BLOCK_TOKENS
                * options.kvPrecision().bytes();
    }

    /** The cache that fits into these bytes. */
    KvLayout layout(long kvBytes, EngineOptions options) throws EngineException {
        KvLayout layout = KvLayout.within(
                kvBytes, blockBytes(options), options.slots(), contextTokensMax, description.attention());
        if (layout.tokensMax(options.slots(), contextTokensMax) < contextTokensMax) {
            throw new EngineException("a KV cache of " + layout.blocks() + " blocks of " + KvLayout.BLOCK_TOKENS
                    + " tokens has no room for one context of " + contextTokensMax + " tokens beside what "
                    + options.slots()
                    + " slots may leave unused; take fewer slots, a shorter context (--max-context), or more memory");
        }
        return layout;
    }
}
