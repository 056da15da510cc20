package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.weights.Checkpoint;
import io.gondola.worker.engine.weights.TensorEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which tensors of a checkpoint become which weights of the graph; all found, with the right shapes. */
final class WeightPlan {

    private final Map<WeightSpec, List<TensorEntry>> tensors = new LinkedHashMap<>();
    private long fileBytes;

    static WeightPlan of(List<WeightSpec> specs, Checkpoint checkpoint) throws EngineException {
        WeightPlan plan = new WeightPlan();
        for (WeightSpec spec : specs) {
            List<TensorEntry> entries = new ArrayList<>();
            for (WeightSpec.Part part : spec.parts()) {
                TensorEntry entry = checkpoint.require(part.tensor(), part.shapeArray());
                entries.add(entry);
                plan.fileBytes += entry.sizeBytes();
            }
            plan.tensors.put(spec, entries);
        }
        return plan;
    }

    Map<WeightSpec, List<TensorEntry>> tensors() {
        return tensors;
    }

    /** Bytes to read. */
    long fileBytes() {
        return fileBytes;
    }

    /**
     * Bytes that the weights take once loaded.
     *
     * @param spilled whether what is hardly ever read lies in a file
     */
    long memoryBytes(Precision precision, boolean tiedHead, boolean spilled) {
        return tensors.keySet().stream()
                .mapToLong(spec ->
                        spec.elements() * (spec.isMatrix() ? bytes(spec, precision, tiedHead, spilled) : Float.BYTES))
                .sum();
    }

    /** Of one number of a matrix. */
    private static int bytes(WeightSpec spec, Precision precision, boolean tiedHead, boolean spilled) {
        return switch (precision) {
            case F32 -> Float.BYTES;
            case BF16 -> Short.BYTES;
            // oneDNN keeps a copy of each matrix in its own order; of the original, the embedding's rows are looked up.
            case INT8 -> (spec.isEmbedding() ? 1 : 0) + (isMultiplied(spec, tiedHead) ? (spilled ? 1 : 2) : 0);
            case AUTO -> throw new IllegalArgumentException("auto must be resolved first");
        };
    }

    /** Bytes of the matrices that are multiplied with, at {@link Precision#INT8}. */
    long multipliedBytes(boolean tiedHead) {
        return tensors.keySet().stream()
                .filter(spec -> isMultiplied(spec, tiedHead))
                .mapToLong(WeightSpec::elements)
                .sum();
    }

    private static boolean isMultiplied(WeightSpec spec, boolean tiedHead) {
        return spec.isMatrix() && (tiedHead || !spec.isEmbedding());
    }
}
