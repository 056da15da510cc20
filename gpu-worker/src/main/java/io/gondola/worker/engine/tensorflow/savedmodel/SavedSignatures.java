package io.gondola.worker.engine.tensorflow.savedmodel;

import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.worker.engine.EngineException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;

/** The signatures of a SavedModel in our words. */
final class SavedSignatures {

    private static final String DEFAULT = "serving_default";
    /** TensorFlow's own, in every model: it takes nothing and gives nothing a client could use. */
    private static final String INIT = "__saved_model_init_op";

    private SavedSignatures() {}

    /** All that can be called, the default first and the others by name. */
    static List<Signature> of(Path directory, Map<String, SignatureDef> definitions) throws EngineException {
        List<Signature> signatures = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        for (Map.Entry<String, SignatureDef> entry : new TreeMap<>(definitions).entrySet()) {
            if (entry.getKey().equals(INIT)) {
                continue;
            }
            try {
                Signature signature = new Signature(
                        entry.getKey(),
                        inputs(entry.getValue().getInputsMap()),
                        outputs(entry.getValue().getOutputsMap()));
                signatures.add(entry.getKey().equals(DEFAULT) ? 0 : signatures.size(), signature);
            } catch (IllegalArgumentException unknown) {
                refused.add("signature " + entry.getKey() + ": " + unknown.getMessage());
            }
        }
        if (signatures.isEmpty()) {
            throw new EngineException(
                    directory + ": " + (refused.isEmpty() ? "no signature to serve" : String.join("; ", refused)));
        }
        return signatures;
    }

    private static List<TensorSpec> inputs(Map<String, TensorInfo> infos) {
        List<TensorSpec> specs = new ArrayList<>();
        for (Map.Entry<String, TensorInfo> entry : new TreeMap<>(infos).entrySet()) {
            if (entry.getValue().getTensorShape().getUnknownRank()) {
                throw new IllegalArgumentException("input '" + entry.getKey() + "' has no known number of dimensions");
            }
            specs.add(spec(entry.getKey(), entry.getValue()));
        }
        if (specs.isEmpty()) {
            throw new IllegalArgumentException("it has no input");
        }
        return specs;
    }

    private static List<TensorSpec> outputs(Map<String, TensorInfo> infos) {
        List<TensorSpec> specs = new ArrayList<>();
        new TreeMap<>(infos).forEach((name, info) -> specs.add(spec(name, info)));
        return specs;
    }

    private static TensorSpec spec(String name, TensorInfo info) {
        // An output of unknown rank is said to have one dimension of any size; what it really has comes with the
        // result.
        long[] shape = info.getTensorShape().getUnknownRank()
                ? new long[] {TensorSpec.ANY}
                : info.getTensorShape().getDimList().stream()
                        .mapToLong(dim -> dim.getSize() < 0 ? TensorSpec.ANY : dim.getSize())
                        .toArray();
        return new TensorSpec(name, TensorCopies.datatypeOf(name, info.getDtype()), shape);
    }
}
