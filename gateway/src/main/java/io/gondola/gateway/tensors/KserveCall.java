package io.gondola.gateway.tensors;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An inference as the Open Inference Protocol asks for it.
 *
 * @param call what goes to the scheduler
 * @param id the client's own name for it, given back; null when it gave none
 * @param outputs how each output is wanted; empty gives all of them as {@code binaryByDefault} says
 * @param binaryByDefault whether outputs that say nothing come as binary data
 */
public record KserveCall(TensorCall call, @Nullable String id, List<OutputWish> outputs, boolean binaryByDefault) {

    /**
     * How an output is wanted.
     *
     * @param name of it
     * @param isBinary whether as binary data
     * @param classes the largest so many as {@code value:index} in place of the tensor; 0 for the tensor
     */
    public record OutputWish(String name, boolean isBinary, int classes) {}

    public KserveCall {
        outputs = List.copyOf(outputs);
    }

    /** How this output is to be given. */
    public OutputWish wishFor(String name) {
        for (OutputWish wish : outputs) {
            if (wish.name().equals(name)) {
                return wish;
            }
        }
        return new OutputWish(name, binaryByDefault, 0);
    }
}
