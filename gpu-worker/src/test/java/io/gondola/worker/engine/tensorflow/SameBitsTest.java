package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.SamplingParams;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.KvPrecision;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.StepRow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The logits behind a token are the same to the last bit however its sequence got there: one token after the other, in chunks
 * of any size, beside anybody, from the start again in another slot (as after a preemption, or on the worker that goes on
 * for one that was killed), behind a beginning that another computed, in one lane or two.
 */
class SameBitsTest {

    private static final int SLOTS = 4;
    private static final int STEPS = 50;

    /** A text that is fed to the engine, and the logits behind each of its tokens, as they came first. */
    private static final class Text {
        final int[] tokens;
        final float[][] logits;
        int position;

        Text(int[] tokens) {
            this.tokens = tokens;
            this.logits = new float[tokens.length][];
        }

        /** @param scored whether the logits behind each token are asked for, not only those behind the last */
        StepRow next(int slot, int tokensMax, boolean scored) {
            int count = Math.min(tokensMax, tokens.length - position);
            return new StepRow(slot, tokens, tokens.length, position, count, true, SamplingParams.greedy(), 0, scored);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-gpt2, F32, F32",
        "tiny-llama, F32, BF16",
        "tiny-qwen2, F32, F32",
        "tiny-qwen3, F32, F32",
        "tiny-gpt2, INT8, F32",
        "tiny-llama, INT8, BF16",
        "tiny-qwen3, INT8, F32",
        "gondola-guide, F32, F32",
        "gondola-guide, INT8, F32",
    })
    void ofAModel(String model, Precision precision, KvPrecision kvPrecision) throws Exception {
        check(ReferenceCases.directory(model), precision, kvPrecision);
    }

    /** Sizes of real models' proportions, sizes that divide by nothing, a window. */
    private static final Map<String, String> CONFIGS =
            Map.of("wide", """
            {"model_type": "llama", "vocab_size": 1000, "max_position_embeddings": 400, "hidden_size": 640,
             "num_hidden_layers": 2, "num_attention_heads": 10, "num_key_value_heads": 2, "head_dim": 64,
             "intermediate_size": 1728}
            """, "gpt2", """
            {"model_type": "gpt2", "vocab_size": 1003, "n_positions": 400, "n_embd": 768, "n_layer": 2, "n_head": 12}
            """, "odd", """
            {"model_type": "qwen3", "vocab_size": 333, "max_position_embeddings": 300, "hidden_size": 60,
             "num_hidden_layers": 2, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 20,
             "intermediate_size": 77}
            """, "odd-gelu", """
            {"model_type": "gpt2", "vocab_size": 333, "n_positions": 300, "n_embd": 60, "n_layer": 2, "n_head": 3,
             "n_inner": 77}
            """, "window", """
            {"model_type": "mistral", "vocab_size": 500, "max_position_embeddings": 400, "hidden_size": 256,
             "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 64,
             "intermediate_size": 512, "sliding_window": 45}
            """);

    @ParameterizedTest
    @CsvSource({
        "wide, F32",
        "wide, INT8",
        "gpt2, F32",
        "gpt2, INT8",
        "odd, F32",
        "odd, INT8",
        "odd-gelu, F32",
        "odd-gelu, INT8",
        "window, F32",
        "window, INT8",
    })
    void ofOtherSizes(String name, Precision precision, @TempDir Path directory) throws Exception {
        Path model = Files.createDirectory(directory.resolve(name));
        RandomModel.write(Objects.requireNonNull(CONFIGS.get(name)), model);
        check(model, precision, KvPrecision.F32);
    }

    private static void check(Path directory, Precision precision, KvPrecision kvPrecision) throws EngineException {
        long seed = directory.getFileName().toString().hashCode() * 31L + precision.ordinal();
        Random random = new Random(seed);
        EngineOptions options =
                EngineOptions.ofSlots(SLOTS).withPrecision(precision).withKvPrecision(kvPrecision);
        List<Text> texts = new ArrayList<>();
        try (TensorFlowEngine engine = load(directory, options.withThreads(1))) {
            for (int i = 0; i < SLOTS; i++) {
                texts.add(new Text(tokens(engine, random, texts)));
                oneAfterTheOther(engine, texts.get(i));
            }
            anyWay(engine, texts, random, "seed " + seed + ", one lane");
        }
        try (TensorFlowEngine engine = load(directory, options.withThreads(2))) {
            anyWay(engine, texts, random, "seed " + seed + ", two lanes");
        }
    }

    private static TensorFlowEngine load(Path directory, EngineOptions options) throws EngineException {
        return TensorFlowEngine.load("m", directory, options, LoadProgress.NONE);
    }

    /** Random tokens; some begin as others do. */
    private static int[] tokens(TensorFlowEngine engine, Random random, List<Text> others) {
        int lengthMax = Math.min(220, engine.describe().contextTokensMax());
        int[] tokens = random.ints(
                        2 + random.nextInt(lengthMax - 1), 0, engine.describe().vocabularySize())
                .toArray();
        if (!others.isEmpty() && random.nextBoolean()) {
            int[] other = others.get(random.nextInt(others.size())).tokens;
            System.arraycopy(other, 0, tokens, 0, random.nextInt(Math.min(other.length, tokens.length)));
        }
        return tokens;
    }

    private static void oneAfterTheOther(TensorFlowEngine engine, Text text) {
        for (text.position = 0; text.position < text.tokens.length; text.position++) {
            EngineLogits.step(
                    engine,
                    List.of(text.next(0, 1, false)),
                    (row, position, logits) -> text.logits[position] = logits.clone());
        }
        engine.release(0);
        text.position = 0;
    }

    private static void anyWay(TensorFlowEngine engine, List<Text> texts, Random random, String label) {
        Text[] aboard = new Text[SLOTS];
        texts.forEach(text -> text.position = 0);
        List<Text> waiting = new ArrayList<>(texts);
        for (int step = 0; step < STEPS; step++) {
            List<StepRow> rows = new ArrayList<>();
            for (int slot = 0; slot < SLOTS; slot++) {
                if (aboard[slot] == null && !waiting.isEmpty() && random.nextInt(3) == 0) {
                    aboard[slot] = board(engine, slot, waiting.remove(random.nextInt(waiting.size())), random);
                }
                if (aboard[slot] != null && random.nextInt(4) > 0) {
                    int tokensMax = random.nextBoolean() ? 1 : 1 + random.nextInt(1 << 1 + random.nextInt(8));
                    rows.add(aboard[slot].next(slot, tokensMax, random.nextBoolean()));
                }
            }
            if (rows.isEmpty()) {
                continue;
            }
            String where = label + ", step " + step;
            EngineLogits.step(
                    engine,
                    rows,
                    (row, position, logits) -> assertSameBits(logits, aboard[row.slot()], position, where));
            rows.forEach(row -> aboard[row.slot()].position += row.count());
            for (int slot = 0; slot < SLOTS; slot++) {
                Text text = aboard[slot];
                if (text != null && (text.position == text.tokens.length || random.nextInt(30) == 0)) {
                    leave(engine, slot, random);
                    aboard[slot] = null;
                    waiting.add(text);
                }
            }
        }
    }

    private static Text board(TensorFlowEngine engine, int slot, Text text, Random random) {
        text.position = random.nextBoolean() ? engine.reuse(slot, text.tokens, text.tokens.length - 1) : 0;
        return text;
    }

    private static void leave(TensorFlowEngine engine, int slot, Random random) {
        if (random.nextBoolean()) {
            engine.releaseForReuse(slot);
        } else {
            engine.release(slot);
        }
    }

    private static void assertSameBits(float[] actual, Text text, int position, String where) {
        if (!Arrays.equals(actual, text.logits[position])) {
            assertThat(actual)
                    .as("%s: behind token %s of %s", where, position, text.tokens.length)
                    .isEqualTo(text.logits[position]);
        }
    }
}
