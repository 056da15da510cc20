package io.gondola.protocol.inference;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One way to call a model.
 *
 * @param name as the model has it
 * @param inputs what it needs
 * @param outputs what it gives
 */
public record Signature(String name, List<TensorSpec> inputs, List<TensorSpec> outputs) {

    public Signature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    public @Nullable TensorSpec tryInput(String input) {
        return tryFind(inputs, input);
    }

    public @Nullable TensorSpec tryOutput(String output) {
        return tryFind(outputs, output);
    }

    private static @Nullable TensorSpec tryFind(List<TensorSpec> specs, String name) {
        for (TensorSpec spec : specs) {
            if (spec.name().equals(name)) {
                return spec;
            }
        }
        return null;
    }
}
