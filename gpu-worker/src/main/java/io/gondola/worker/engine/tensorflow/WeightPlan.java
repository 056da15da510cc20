package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
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
    private long floats;

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
            plan.floats += spec.elements();
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

    /** Bytes in memory, as single-precision floats. */
    long memoryBytes() {
        return floats * Float.BYTES;
    }
}
