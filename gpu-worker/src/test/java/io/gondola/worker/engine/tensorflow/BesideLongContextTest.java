package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.SamplingParams;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A short prompt beside a long context, of which neither sees the other: no bit of a row changes.
 */
class BesideLongContextTest {

    private static final int VOCABULARY = 500;
    private static final int LONG_TOKENS = 3_000;
    private static final int CHUNK_TOKENS = 500;
    private static final String CONFIG = """
            {"model_type": "llama", "vocab_size": 500, "max_position_embeddings": 4096, "hidden_size": 128,
             "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32,
             "intermediate_size": 96, "tie_word_embeddings": true}
            """;

    private static int[] tokens(int count, long seed) {
        return new Random(seed).ints(count, 0, VOCABULARY).toArray();
    }

    private static StepRow row(int slot, int[] history, int position, int count) {
        return new StepRow(slot, history, history.length, position, count, true, SamplingParams.greedy(), 20, false);
    }

    private static @Nullable TokenLogprobs first(TensorFlowEngine engine, StepRow... rows) throws EngineException {
        RowResult result = engine.step(new StepBatch(List.of(rows))).rows().get(0);
        return result.logprobs();
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"F32", "INT8"})
    void aRowsBitsStayTheSame(Precision precision, @TempDir Path directory) throws EngineException {
        RandomModel.write(CONFIG, directory);
        // One thread, one lane: otherwise the two rows would never meet.
        EngineOptions options =
                EngineOptions.ofSlots(2).withPrecision(precision).withThreads(1);
        try (TensorFlowEngine engine = TensorFlowEngine.load("random", directory, options, LoadProgress.NONE)) {
            int[] longer = tokens(LONG_TOKENS + 1_000, 1);
            for (int position = 0; position < LONG_TOKENS; position += CHUNK_TOKENS) {
                first(engine, row(1, longer, position, CHUNK_TOKENS));
            }
            for (int length : new int[] {2, 20, 32, 33, 64, 100}) {
                int[] prompt = tokens(length, length);
                TokenLogprobs alone = first(engine, row(0, prompt, 0, length));
                TokenLogprobs beside =
                        first(engine, row(0, prompt, 0, length), row(1, longer, LONG_TOKENS, length + 5));
                assertThat(beside).as("%s tokens", length).isEqualTo(alone);
                int[] more = Arrays.copyOf(prompt, length + 1);
                TokenLogprobs decoded = first(engine, row(0, more, length, 1));
                assertThat(first(engine, row(0, more, length, 1), row(1, longer, LONG_TOKENS, 1)))
                        .as("the token behind %s", length)
                        .isEqualTo(decoded);
            }
        }
    }
}
