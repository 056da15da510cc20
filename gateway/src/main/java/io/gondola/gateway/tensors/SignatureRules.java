package io.gondola.gateway.tensors;

import io.gondola.gateway.openai.ApiException;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorModel;
import io.gondola.protocol.inference.TensorSpec;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a call must be to fit its model: a 400 that names the input or output otherwise. */
final class SignatureRules {

    private SignatureRules() {}

    static void require(List<Tensor> inputs, List<String> outputs, TensorModel model, Signature signature) {
        Set<String> given = new HashSet<>();
        for (Tensor input : inputs) {
            requireInput(input, model, signature);
            if (!given.add(input.name())) {
                throw ApiException.invalid(input.name(), "input '" + input.name() + "' is given twice");
            }
        }
        for (TensorSpec expected : signature.inputs()) {
            if (!given.contains(expected.name())) {
                throw ApiException.invalid(
                        expected.name(),
                        "expected " + signature.inputs().size() + " inputs but got " + inputs.size()
                                + " inputs for model '" + model.name() + "': '" + expected.name() + "' is missing");
            }
        }
        requireOneBatch(inputs, model);
        for (String output : outputs) {
            if (signature.tryOutput(output) == null) {
                throw ApiException.invalid(
                        output, "unexpected inference output '" + output + "' for model '" + model.name() + "'");
            }
        }
    }

    private static void requireOneBatch(List<Tensor> inputs, TensorModel model) {
        int maxBatchSize = model.batching().maxBatchSize();
        for (Tensor input : inputs) {
            if (maxBatchSize > 0 && input.rows() != inputs.get(0).rows()) {
                throw ApiException.invalid(
                        input.name(),
                        "input '" + input.name() + "' has a batch of " + input.rows() + ", and input '"
                                + inputs.get(0).name() + "' one of "
                                + inputs.get(0).rows());
            }
        }
        if (maxBatchSize > 0 && inputs.get(0).rows() > maxBatchSize) {
            throw ApiException.invalid(
                    inputs.get(0).name(),
                    "inference request batch-size must be <= " + maxBatchSize + " for '" + model.name() + "', but is "
                            + inputs.get(0).rows());
        }
    }

    private static void requireInput(Tensor input, TensorModel model, Signature signature) {
        TensorSpec spec = signature.tryInput(input.name());
        if (spec == null) {
            throw ApiException.invalid(
                    input.name(),
                    "unexpected inference input '" + input.name() + "' for model '" + model.name() + "', which has "
                            + signature.inputs());
        }
        if (spec.datatype() != input.datatype()) {
            throw ApiException.invalid(
                    input.name(),
                    "inference input '" + input.name() + "' data-type is '" + input.datatype() + "', but model '"
                            + model.name() + "' expects '" + spec.datatype() + "'");
        }
        if (!spec.admits(input.shape())) {
            throw ApiException.invalid(
                    input.name(),
                    "unexpected shape for input '" + input.name() + "' for model '" + model.name() + "'. Expected "
                            + Arrays.toString(spec.shape()) + ", got " + Arrays.toString(input.shape()));
        }
    }
}
