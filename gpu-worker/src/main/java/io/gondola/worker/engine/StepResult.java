package io.gondola.worker.engine;

import io.gondola.protocol.TokenLogprobs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a step gave.
 *
 * @param rows one for each row of the batch, in its order
 */
public record StepResult(List<RowResult> rows) {

    public StepResult {
        rows = List.copyOf(rows);
    }

    /**
     * What a step gave one sequence.
     *
     * @param token the drawn token, or {@link #NO_TOKEN} where none was asked for, or where the model's numbers
     *     overflowed for this row, so that there is nothing to draw from
     * @param logprobs of the drawn token, where asked for
     * @param promptLogprobs of the prompt tokens at {@code position + 1 .. position + count}, where asked for
     */
    public record RowResult(int token, @Nullable TokenLogprobs logprobs, List<TokenLogprobs> promptLogprobs) {

        public static final int NO_TOKEN = -1;

        public RowResult {
            promptLogprobs = List.copyOf(promptLogprobs);
        }
    }
}
