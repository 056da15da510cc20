package io.gondola.gateway.embeddings;

import io.gondola.protocol.inference.Datatype;
import io.gondola.protocol.inference.Signature;
import io.gondola.protocol.inference.Tensor;
import io.gondola.protocol.inference.TensorSpec;
import io.gondola.protocol.inference.TextInputs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * The tokens of a text as tensors, one row, longer than the text where that lets texts of about its length be computed with
 * it: lengths come in steps of a quarter of the power of two below, so beyond 32 tokens less than a fifth is padding, and
 * there are four lengths for each doubling. A model that takes no mask takes each text as long as it is, since it could not tell padding from text.
 */
final class TokenTensors {

    private static final int STEP_MIN = 8;
    private static final int STEPS_PER_DOUBLING = 4;

    private TokenTensors() {}

    /** @param tokensMax no tensor is longer */
    static List<Tensor> of(Signature signature, int[] ids, int padToken, int tokensMax) {
        int length = lengthOf(signature, ids.length, tokensMax);
        List<Tensor> tensors = new ArrayList<>();
        for (TensorSpec input : signature.inputs()) {
            IntUnaryOperator values =
                    switch (input.name()) {
                        case TextInputs.INPUT_IDS -> i -> i < ids.length ? ids[i] : padToken;
                        case TextInputs.ATTENTION_MASK -> i -> i < ids.length ? 1 : 0;
                        case TextInputs.POSITION_IDS -> i -> i;
                        default -> i -> 0;
                    };
            tensors.add(tensor(input, length, values));
        }
        return tensors;
    }

    /** The most tokens that a model takes by its shapes; {@code most} where they leave it open. */
    static int lengthMax(Signature signature, int most) {
        int length = most;
        for (TensorSpec input : signature.inputs()) {
            long fixed = input.shape()[1];
            length = fixed == TensorSpec.ANY ? length : (int) Math.min(length, fixed);
        }
        return length;
    }

    private static int lengthOf(Signature signature, int tokens, int tokensMax) {
        for (TensorSpec input : signature.inputs()) {
            if (input.shape()[1] != TensorSpec.ANY) {
                return (int) input.shape()[1];
            }
        }
        return signature.tryInput(TextInputs.ATTENTION_MASK) == null
                ? tokens
                : Math.max(tokens, Math.min(tokensMax, padded(tokens)));
    }

    /** The next length that texts are padded to. */
    static int padded(int tokens) {
        int step = Math.max(STEP_MIN, Integer.highestOneBit(Math.max(1, tokens - 1)) / STEPS_PER_DOUBLING);
        return (tokens + step - 1) / step * step;
    }

    private static Tensor tensor(TensorSpec input, int length, IntUnaryOperator values) {
        boolean isLong = input.datatype() == Datatype.INT64;
        ByteBuffer data = ByteBuffer.allocate(length * input.datatype().bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < length; i++) {
            if (isLong) {
                data.putLong(values.applyAsInt(i));
            } else {
                data.putInt(values.applyAsInt(i));
            }
        }
        return new Tensor(input.name(), input.datatype(), new long[] {1, length}, data.array());
    }
}
