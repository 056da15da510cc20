package io.gondola.protocol.inference;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One version of a model that takes tensors.
 *
 * @param name the served name
 * @param version from 1
 * @param platform what computes it, by Triton's names: {@code tensorflow_savedmodel}, {@code onnxruntime_onnx}
 * @param signatures the ways to call it, the default first; at least one
 * @param batching how its requests are put together
 * @param embedding what it gives for texts; null where it is no model of embeddings
 */
public record TensorModel(
        String name,
        long version,
        String platform,
        List<Signature> signatures,
        BatchingSettings batching,
        @Nullable EmbeddingOutput embedding) {

    /** One that takes and gives tensors and nothing else. */
    public TensorModel(
            String name, long version, String platform, List<Signature> signatures, BatchingSettings batching) {
        this(name, version, platform, signatures, batching, null);
    }

    public TensorModel {
        signatures = List.copyOf(signatures);
        if (signatures.isEmpty() || version < 1) {
            throw new IllegalArgumentException(
                    "version " + version + " of '" + name + "' has " + signatures.size() + " signatures");
        }
    }

    public Signature defaultSignature() {
        return signatures.get(0);
    }

    /** The signature of this name, the default for an empty one, null for one that it does not have. */
    public @Nullable Signature trySignature(String signature) {
        if (signature.isEmpty()) {
            return defaultSignature();
        }
        for (Signature each : signatures) {
            if (each.name().equals(signature)) {
                return each;
            }
        }
        return null;
    }
}
