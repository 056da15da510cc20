package io.gondola.worker.inference;

import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorSpec;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request fits a signature. The gateway checked it by the version it knew then; this one may be newer, and what
 * does not fit must not spoil a batch.
 */
final class SignatureCheck {

    private SignatureCheck() {}

    /** What is wrong, in words fit for a client; null when nothing is. */
    static @Nullable String tryRefuse(InferenceRequest request, Signature signature, boolean isBatched) {
        Set<String> given = new HashSet<>();
        for (Tensor input : request.inputs()) {
            TensorSpec spec = signature.tryInput(input.name());
            if (spec == null) {
                return "unexpected inference input '" + input.name() + "' for model '" + request.model() + "'";
            }
            if (!given.add(input.name())) {
                return "input '" + input.name() + "' is given twice";
            }
            if (spec.datatype() != input.datatype()) {
                return "input '" + input.name() + "' has data-type " + input.datatype() + ", but the model expects "
                        + spec.datatype();
            }
            if (!spec.admits(input.shape())) {
                return "unexpected shape for input '" + input.name() + "': expected " + Arrays.toString(spec.shape())
                        + ", got " + Arrays.toString(input.shape());
            }
            if (isBatched && input.rows() != request.rows()) {
                return "input '" + input.name() + "' has a batch of " + input.rows() + ", and input '"
                        + request.inputs().get(0).name() + "' one of " + request.rows();
            }
        }
        for (TensorSpec expected : signature.inputs()) {
            if (!given.contains(expected.name())) {
                return "input '" + expected.name() + "' is missing; the model expects " + signature.inputs();
            }
        }
        for (String output : request.outputs()) {
            if (signature.tryOutput(output) == null) {
                return "unexpected inference output '" + output + "' for model '" + request.model() + "'";
            }
        }
        return null;
    }
}
