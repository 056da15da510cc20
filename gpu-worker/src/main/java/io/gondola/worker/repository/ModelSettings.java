package io.gondola.worker.repository;

import io.gondola.protocol.RequestClass;
import io.gondola.protocol.inference.BatchingSettings;
import io.gondola.protocol.inference.QueuePolicy;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.worker.embedding.EmbeddingOptions;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.onnx.OnnxOptions;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code model.yaml} or {@code config.pbtxt} says of a model.
 *
 * @param maxBatchSize rows of one batch; 0 runs each request alone; null leaves it to the model's shapes
 * @param preferredBatchSizes batches that go without the delay
 * @param maxQueueDelayNanos how long a worker that has just come back waits for company
 * @param instanceCount batches at the same time
 * @param queuePolicies by class, in its order
 * @param versions which are served
 * @param padding inputs whose inner dimensions may differ between requests, and what they are padded with
 * @param unpadding outputs that are cut back to the size of an input, by the input's name
 * @param onnx how ONNX Runtime runs it, where it does
 * @param embedding how it gives embeddings, where it does
 * @param declared what it is said to be
 */
public record ModelSettings(
        @Nullable Integer maxBatchSize,
        int[] preferredBatchSizes,
        long maxQueueDelayNanos,
        int instanceCount,
        List<QueuePolicy> queuePolicies,
        VersionPolicy versions,
        Map<String, Double> padding,
        Map<String, String> unpadding,
        OnnxOptions onnx,
        EmbeddingOptions embedding,
        DeclaredModel declared) {

    /** Rows of one batch where neither the model nor anybody says otherwise. */
    public static final int MAX_BATCH_SIZE_DEFAULT = 64;

    /** What holds where there is no file. */
    public static final ModelSettings DEFAULT = new ModelSettings(
            null,
            new int[0],
            BatchingSettings.MAX_QUEUE_DELAY_NANOS_DEFAULT,
            1,
            Collections.nCopies(RequestClass.values().length, QueuePolicy.OPEN),
            VersionPolicy.LATEST,
            Map.of(),
            Map.of(),
            OnnxOptions.DEFAULT,
            EmbeddingOptions.DEFAULT,
            DeclaredModel.NONE);

    public ModelSettings {
        queuePolicies = List.copyOf(queuePolicies);
        padding = Map.copyOf(padding);
        unpadding = Map.copyOf(unpadding);
    }

    /**
     * Settings in the form of {@code model.yaml}, or as JSON, also as Triton has it, from elsewhere.
     *
     * @param name of the model, for errors
     */
    public static ModelSettings parse(String name, String text) throws RepositoryException {
        return ModelYaml.parseAny(name, "the settings of '" + name + "'", text);
    }

    /**
     * How requests of a model with these signatures are put together.
     *
     * @param mayBatch whether the model may have a batch dimension, as far as it says
     * @throws EngineException where the settings ask for what the model cannot do
     */
    public BatchingSettings batchingOf(List<Signature> signatures, boolean mayBatch) throws EngineException {
        boolean isBatched = signatures.stream().allMatch(ModelSettings::hasBatchDimension);
        Integer asked = maxBatchSize;
        if (asked != null && asked > 0 && !isBatched) {
            throw new EngineException("max_batch_size is " + asked
                    + ", but not every input and output has a first dimension of any size: " + signatures);
        }
        int size = asked != null ? asked : isBatched && mayBatch ? MAX_BATCH_SIZE_DEFAULT : 0;
        for (String padded : padding.keySet()) {
            if (signatures.get(0).tryInput(padded) == null) {
                throw new EngineException("padding names '" + padded + "', which is no input");
            }
        }
        for (Map.Entry<String, String> cut : unpadding.entrySet()) {
            if (signatures.get(0).tryOutput(cut.getKey()) == null || !padding.containsKey(cut.getValue())) {
                throw new EngineException("unpad has '" + cut.getKey() + ": " + cut.getValue()
                        + "'; expected an output and a padded input");
            }
        }
        try {
            return new BatchingSettings(
                    size,
                    preferredBatchSizes,
                    maxQueueDelayNanos,
                    instanceCount,
                    queuePolicies,
                    padding.keySet().stream().sorted().toList());
        } catch (IllegalArgumentException wrong) {
            throw new EngineException(String.valueOf(wrong.getMessage()), wrong);
        }
    }

    private static boolean hasBatchDimension(Signature signature) {
        return Stream.concat(signature.inputs().stream(), signature.outputs().stream())
                .allMatch(spec -> spec.shape().length > 0 && spec.shape()[0] == TensorSpec.ANY);
    }
}
