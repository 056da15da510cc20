package io.gondola.scheduler.inference;

import io.gondola.protocol.inference.BatchingSettings;
import io.gondola.protocol.inference.InferenceRequest;
import io.gondola.protocol.inference.Tensor;
import java.util.Comparator;
import java.util.List;

/** What inferences must have in common to be computed together: all but the rows, and what the model pads. */
final class ShapeKey {

    private static final char SEPARATOR = '\u0000';

    private ShapeKey() {}

    static String of(InferenceRequest request, BatchingSettings batching) {
        StringBuilder key = new StringBuilder(request.signature());
        request.outputs().stream().sorted().forEach(output -> key.append(SEPARATOR)
                .append(output));
        List<Tensor> inputs = request.inputs().stream()
                .sorted(Comparator.comparing(Tensor::name))
                .toList();
        for (Tensor input : inputs) {
            key.append(SEPARATOR).append(SEPARATOR).append(input.name());
            key.append(SEPARATOR).append(input.datatype().ordinal());
            boolean isPadded = batching.paddedInputs().contains(input.name());
            key.append(isPadded ? '~' : ':').append(input.shape().length);
            for (int i = 1; i < input.shape().length && !isPadded; i++) {
                key.append(',').append(input.shape()[i]);
            }
        }
        return key.toString();
    }
}
