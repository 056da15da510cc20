package io.gondola.protocol.inference;

import java.util.Set;

/** The inputs of a model that takes text as tokens, by the names that exports of Hugging Face models have. */
public final class TextInputs {

    /** Token ids: one row a text. */
    public static final String INPUT_IDS = "input_ids";

    /** 1 where there is a token, 0 behind the text's end. */
    public static final String ATTENTION_MASK = "attention_mask";

    /** Which of two texts a token is of; there is one text. */
    public static final String TOKEN_TYPE_IDS = "token_type_ids";

    /** Where a token is in its text, from 0. */
    public static final String POSITION_IDS = "position_ids";

    private static final Set<String> KNOWN = Set.of(INPUT_IDS, ATTENTION_MASK, TOKEN_TYPE_IDS, POSITION_IDS);

    private TextInputs() {}

    /** Whether text, as tokens, is all that the model needs. */
    public static boolean fit(Signature signature) {
        return signature.tryInput(INPUT_IDS) != null
                && signature.inputs().stream().allMatch(TextInputs::isKnown);
    }

    private static boolean isKnown(TensorSpec input) {
        boolean isInteger = input.datatype() == Datatype.INT64 || input.datatype() == Datatype.INT32;
        return KNOWN.contains(input.name())
                && isInteger
                && input.shape().length == 2
                && (input.shape()[0] == TensorSpec.ANY || input.shape()[0] == 1);
    }
}
