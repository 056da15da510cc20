package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.protocol.SamplingParams;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.KvPrecision;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.Sampler;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the precisions keep of the reference. */
class PrecisionTest {

    private static final int SLOTS = 16;

    private static TensorFlowEngine load(String model, Precision precision) throws EngineException {
        return load(model, precision, KvPrecision.F32);
    }

    private static TensorFlowEngine load(String model, Precision precision, KvPrecision kvPrecision)
            throws EngineException {
        return ReferenceCases.load(
                model, EngineOptions.ofSlots(SLOTS).withPrecision(precision).withKvPrecision(kvPrecision));
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-gpt2, BF16, F32, 0.03", "tiny-llama, BF16, F32, 0.03", "tiny-qwen2, BF16, F32, 0.03",
        "tiny-qwen3, BF16, F32, 0.03", "tiny-gpt2, INT8, F32, 0.1", "tiny-llama, INT8, F32, 0.1",
        "tiny-qwen2, INT8, F32, 0.1", "tiny-qwen3, INT8, F32, 0.1", "tiny-gpt2, F32, BF16, 0.02",
        "tiny-llama, F32, BF16, 0.02", "tiny-qwen2, F32, BF16, 0.02", "tiny-qwen3, F32, BF16, 0.02",
    })
    void logitsAreNearTheReference(String model, Precision precision, KvPrecision kvPrecision, double errorMax)
            throws Exception {
        try (TensorFlowEngine engine = load(model, precision, kvPrecision)) {
            double errors = 0;
            double sizes = 0;
            for (ReferenceCases.Case reference : ReferenceCases.of(model)) {
                float[] logits = EngineLogits.behind(engine, 1, reference.prompt(), 7);
                for (int i = 0; i < logits.length; i++) {
                    errors += Math.pow(logits[i] - reference.firstLogits()[i], 2);
                    sizes += Math.pow(reference.firstLogits()[i], 2);
                }
            }
            assertThat(Math.sqrt(errors / sizes)).as("relative error").isBetween(1e-6, errorMax);
        }
    }

    /** @param agreement share of positions whose likeliest token is that of single precision */
    private record Quality(double perplexity, double agreement) {}

    private record Kind(Precision precision, KvPrecision kvPrecision) {
        static final List<Kind> ALL = List.of(
                new Kind(Precision.F32, KvPrecision.F32),
                new Kind(Precision.BF16, KvPrecision.F32),
                new Kind(Precision.INT8, KvPrecision.F32),
                new Kind(Precision.F32, KvPrecision.BF16),
                new Kind(Precision.INT8, KvPrecision.BF16));
    }

    /** Prints the table of docs/precision.md. */
    @Test
    void theDemoModelAnswersAsAtFullPrecision() throws Exception {
        List<TokenLogprobs> reference = scores(Precision.F32, KvPrecision.F32);
        for (Kind kind : Kind.ALL) {
            List<TokenLogprobs> scores = scores(kind.precision(), kind.kvPrecision());
            double sum = 0;
            int equal = 0;
            for (int i = 0; i < scores.size(); i++) {
                sum -= scores.get(i).logprob();
                equal += scores.get(i).topTokens()[0] == reference.get(i).topTokens()[0] ? 1 : 0;
            }
            Quality quality = new Quality(Math.exp(sum / scores.size()), (double) equal / scores.size());
            System.out.printf(
                    "%s, KV cache %s: perplexity %.4f, agreement %.4f of %d tokens%n",
                    kind.precision().label(),
                    kind.kvPrecision().label(),
                    quality.perplexity(),
                    quality.agreement(),
                    scores.size());
            assertThat(quality.agreement()).isGreaterThanOrEqualTo(kind.precision() == Precision.INT8 ? 0.95 : 0.98);
        }
    }

    /** Of the texts in golden.json, prompts and answers, all tokens but the first. */
    private static List<TokenLogprobs> scores(Precision precision, KvPrecision kvPrecision) throws EngineException {
        List<TokenLogprobs> scores = new ArrayList<>();
        try (TensorFlowEngine engine = load(ReferenceCases.DEMO, precision, kvPrecision)) {
            for (ReferenceCases.Case reference : ReferenceCases.of(ReferenceCases.DEMO)) {
                int[] text = Arrays.copyOf(reference.prompt(), reference.prompt().length + reference.greedy().length);
                System.arraycopy(reference.greedy(), 0, text, reference.prompt().length, reference.greedy().length);
                StepRow row =
                        new StepRow(0, text, text.length, 0, text.length, false, SamplingParams.greedy(), 1, true);
                scores.addAll(
                        engine.step(new StepBatch(List.of(row))).rows().get(0).promptLogprobs());
            }
        }
        return scores;
    }

    /** The vocabulary is so large that two threads share the output layer. */
    @Test
    void theGraphChoosesTheTokenThatTheLogitsSay(@TempDir Path directory) throws Exception {
        RandomModel.write("""
                {"model_type": "llama", "vocab_size": 4200, "max_position_embeddings": 16, "hidden_size": 256,
                 "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 4, "intermediate_size": 512}
                """, directory);
        EngineOptions options = EngineOptions.ofSlots(SLOTS).withPrecision(Precision.INT8);
        try (TensorFlowEngine engine = TensorFlowEngine.load("random", directory, options, LoadProgress.NONE)) {
            List<Integer> chosen = likeliest(engine, -1);
            assertThat(chosen).isEqualTo(likeliest(engine, 0));
            assertThat(chosen).anyMatch(token -> token < 2112).anyMatch(token -> token >= 2112);
        }
    }

    /** The tokens behind random prompts; the graph chooses them itself where nobody asks for log probabilities. */
    private static List<Integer> likeliest(TensorFlowEngine engine, int topLogprobs) throws EngineException {
        Random random = new Random(7);
        List<StepRow> rows = new ArrayList<>();
        for (int slot = 0; slot < SLOTS; slot++) {
            int[] prompt = random.ints(5, 0, engine.describe().vocabularySize()).toArray();
            rows.add(new StepRow(slot, prompt, 5, 0, 5, true, SamplingParams.greedy(), topLogprobs, false));
        }
        return engine.step(new StepBatch(rows)).rows().stream()
                .map(RowResult::token)
                .toList();
    }

    @Test
    void theSelfCheckTellsAModelFromAnother() throws Exception {
        PrecisionCheck check;
        try (TensorFlowEngine reference = load(ReferenceCases.DEMO, Precision.BF16)) {
            check = new PrecisionCheck(reference);
            assertThat(check.agreement(reference)).isGreaterThanOrEqualTo(0.97);
        }
        try (TensorFlowEngine bytes = load(ReferenceCases.DEMO, Precision.INT8)) {
            assertThat(check.agreement(bytes)).isGreaterThanOrEqualTo(PrecisionCheck.AGREEMENT_MIN);
        }
        try (TensorFlowEngine other = load("tiny-gpt2", Precision.F32)) {
            PrecisionCheck ofOther = new PrecisionCheck(other);
            try (TensorFlowEngine stranger = load("tiny-llama", Precision.F32)) {
                assertThat(ofOther.agreement(stranger)).isLessThan(PrecisionCheck.AGREEMENT_MIN);
            }
        }
    }

    /** Tokens drawn among the likeliest ones that the graph gives are those drawn from all logits. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-gpt2", "tiny-qwen3"})
    void topTokensComeFromTheGraph(String model) throws Exception {
        try (TensorFlowEngine engine = load(model, Precision.F32)) {
            Sampler sampler = new Sampler(engine.describe().vocabularySize());
            int[] prompt = ReferenceCases.of(model).get(0).prompt();
            float[] logits = EngineLogits.behind(engine, 3, prompt, prompt.length);
            engine.release(3);
            Random random = new Random(11);
            for (int round = 0; round < 40; round++) {
                List<StepRow> rows = new ArrayList<>();
                for (int slot = 0; slot < SLOTS; slot++) {
                    SamplingParams sampling = new SamplingParams(
                            slot % 5 == 0 ? 0 : 0.5f + random.nextFloat(),
                            random.nextBoolean() ? 1 : 0.8f,
                            random.nextInt(3) == 0 ? 0 : random.nextInt(60),
                            random.nextBoolean() ? 0 : 0.02f,
                            random.nextLong(),
                            0,
                            0,
                            1,
                            new int[0],
                            new float[0]);
                    rows.add(new StepRow(slot, prompt, prompt.length, 0, prompt.length, true, sampling, -1, false));
                }
                List<RowResult> results = engine.step(new StepBatch(rows)).rows();
                for (int slot = 0; slot < SLOTS; slot++) {
                    assertThat(results.get(slot).token())
                            .as("round %s, slot %s", round, slot)
                            .isEqualTo(sampler.draw(logits, rows.get(slot)));
                }
            }
        }
    }

    @Test
    void brainFloatsAreTheNearest() {
        Random random = new Random(5);
        for (int i = 0; i < 10_000; i++) {
            float number = Float.intBitsToFloat(random.nextInt());
            if (!Float.isFinite(number) || Math.abs(number) > 1e38f) {
                continue;
            }
            float rounded = Float.intBitsToFloat(BrainFloatMatrices.rounded(number) << 16);
            float step = Math.abs(Float.intBitsToFloat((Float.floatToIntBits(number) & 0xffff0000) + 0x10000)
                    - Float.intBitsToFloat(Float.floatToIntBits(number) & 0xffff0000));
            assertThat(Math.abs((double) rounded - number)).isLessThanOrEqualTo(step / 2.0);
        }
        assertThat(BrainFloatMatrices.rounded(Float.intBitsToFloat(0x3f808000))).isEqualTo((short) 0x3f80);
        assertThat(BrainFloatMatrices.rounded(Float.intBitsToFloat(0x3f818000))).isEqualTo((short) 0x3f82);
        assertThat(Float.intBitsToFloat(BrainFloatMatrices.rounded(Float.NaN) << 16))
                .isNaN();
    }

    @Test
    void autoFollowsTheProcessorsFlags() {
        assertThat(ProcessorFeatures.bf16Flag(List.of("flags\t\t: fpu avx512f avx512_bf16 amx_tile")))
                .contains("avx512_bf16");
        assertThat(ProcessorFeatures.bf16Flag(List.of("processor: 0", "Features\t: fp asimd bf16 i8mm")))
                .contains("bf16");
        assertThat(ProcessorFeatures.bf16Flag(List.of("flags\t\t: fpu avx2 avx512f")))
                .isEmpty();
        assertThat(ProcessorFeatures.bf16Flag(List.of())).isEmpty();
    }
}
