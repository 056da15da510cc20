package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gondola.protocol.ModelDescription;
import io.gondola.protocol.SamplingParams;
import io.gondola.protocol.TokenLogprobs;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.Sampler;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import io.gondola.worker.engine.tensorflow.ModelCopy.RawTensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a step gives besides greedy tokens, the ways weights may come, and what happens when numbers overflow. */
class TensorFlowEngineStepTest {

    private static final String MODEL = "tiny-gpt2";

    @TempDir
    Path directory;

    private static TensorFlowEngine load(Path path) throws EngineException {
        return TensorFlowEngine.load("m", path, EngineOptions.ofSlots(4), LoadProgress.NONE);
    }

    private static StepRow greedy(int slot, int[] history, int position, int count) {
        return new StepRow(slot, history, history.length, position, count, true, SamplingParams.greedy(), -1, false);
    }

    private static RowResult step(TensorFlowEngine engine, StepRow row) throws EngineException {
        return engine.step(new StepBatch(List.of(row))).rows().get(0);
    }

    @Test
    void describesWhatIsLoaded() throws Exception {
        try (TensorFlowEngine engine = TensorFlowEngine.load(
                "served",
                ReferenceCases.directory(MODEL),
                EngineOptions.ofSlots(3).withContextTokensMax(100).withThreads(1),
                LoadProgress.NONE)) {
            assertThat(engine.describe())
                    .isEqualTo(new ModelDescription("served", "GPT2LMHeadModel", 100, 512, 3, 300));
        }
    }

    @Test
    void progressGoesFromNothingToAll() throws Exception {
        List<long[]> seen = new ArrayList<>();
        TensorFlowEngine.load(
                        "m",
                        ReferenceCases.directory(MODEL),
                        EngineOptions.ofSlots(1),
                        (done, total) -> seen.add(new long[] {done, total}))
                .close();
        assertThat(seen.get(0)[0]).isZero();
        assertThat(seen).isSortedAccordingTo((a, b) -> Long.compare(a[0], b[0]));
        assertThat(seen.get(seen.size() - 1)[0]).isEqualTo(seen.get(0)[1]).isPositive();
    }

    @Test
    void logprobsAreOfTheRawLogits() throws Exception {
        try (TensorFlowEngine engine = load(ReferenceCases.directory(MODEL))) {
            ReferenceCases.Case reference = ReferenceCases.of(MODEL).get(0);
            int[] prompt = reference.prompt();
            SamplingParams biased = new SamplingParams(0, 1, 0, 0, 0, 0, 0, 1, new int[] {7}, new float[] {100});
            RowResult result =
                    step(engine, new StepRow(2, prompt, prompt.length, 0, prompt.length, true, biased, 5, false));
            assertThat(result.token()).isEqualTo(7);
            assertSame(result.logprobs(), new Sampler(512).logprobs(reference.firstLogits(), 7, 5));
            assertThat(result.promptLogprobs()).isEmpty();
        }
    }

    private static void assertSame(TokenLogprobs actual, TokenLogprobs expected) {
        assertThat(actual).isNotNull();
        assertThat(actual.token()).isEqualTo(expected.token());
        assertThat(actual.logprob()).isCloseTo(expected.logprob(), within(2e-3f));
        assertThat(actual.topTokens()).isEqualTo(expected.topTokens());
        assertThat(actual.topLogprobs()).containsExactly(expected.topLogprobs(), within(2e-3f));
    }

    /** Whatever the chunks, the scores of a prompt are those of one token after another. */
    @Test
    void promptScoresDoNotDependOnChunks() throws Exception {
        try (TensorFlowEngine engine = load(ReferenceCases.directory(MODEL))) {
            int[] prompt = ReferenceCases.of(MODEL).get(6).prompt();
            for (int chunk : new int[] {1, 5, 77, 78}) {
                List<TokenLogprobs> scores = new ArrayList<>();
                for (int position = 0; position < prompt.length; position += chunk) {
                    int count = Math.min(chunk, prompt.length - position);
                    boolean last = position + count == prompt.length;
                    StepRow scored = new StepRow(
                            1, prompt, prompt.length, position, count, last, SamplingParams.greedy(), 2, true);
                    // Somebody else is aboard, whose results must not be mixed up with these.
                    StepRow other = greedy(3, new int[] {position % 500, 3}, 0, 2);
                    List<RowResult> results =
                            engine.step(new StepBatch(List.of(other, scored))).rows();
                    scores.addAll(results.get(1).promptLogprobs());
                    assertThat(results.get(1).token() == RowResult.NO_TOKEN).isEqualTo(!last);
                    assertThat(results.get(0).promptLogprobs()).isEmpty();
                }
                assertThat(scores).as("chunks of %s", chunk).hasSize(prompt.length - 1);
                for (int i = 0; i < scores.size(); i++) {
                    float[] logits = EngineLogits.behind(engine, 0, Arrays.copyOf(prompt, i + 1), 40);
                    assertSame(scores.get(i), new Sampler(512).logprobs(logits, prompt[i + 1], 2));
                }
            }
        }
    }

    @Test
    void aScoredPromptThatWentOnGeneratingIsScoredAsFarAsItIsPrompt() throws Exception {
        try (TensorFlowEngine engine = load(ReferenceCases.directory(MODEL))) {
            int[] history = {5, 6, 7, 8, 9, 10};
            RowResult result = step(engine, new StepRow(0, history, 3, 0, 6, true, SamplingParams.greedy(), -1, true));
            assertThat(result.promptLogprobs()).extracting(TokenLogprobs::token).containsExactly(6, 7);
            assertThat(result.token()).isNotNegative();
            assertThat(result.logprobs()).isNull();
        }
    }

    /** Half-precision files, names without prefix, buffers to skip, shards: the same model. */
    @Test
    void weightsComeInManyWays() throws Exception {
        ModelCopy copy = ModelCopy.of(MODEL, directory);
        copy.tensors.put("transformer.h.0.attn.bias", new RawTensor("BOOL", new long[] {1, 1, 2, 2}, new byte[4]));
        copy.tensors.put("transformer.h.0.attn.masked_bias", new RawTensor("F32", new long[] {}, new byte[4]));
        copy.writeWeights();
        assertAnswers();

        Map<String, RawTensor> bare = new LinkedHashMap<>();
        copy.tensors.forEach((name, tensor) -> bare.put(name.replaceFirst("^transformer\\.", ""), tensor));
        copy.write("model.safetensors", bare);
        assertAnswers();

        Files.delete(directory.resolve("model.safetensors"));
        Map<String, RawTensor> first = new LinkedHashMap<>();
        Map<String, RawTensor> second = new LinkedHashMap<>();
        var index = ModelCopy.JSON.createObjectNode();
        copy.tensors.forEach((name, tensor) -> {
            boolean toFirst = name.length() % 2 == 0;
            (toFirst ? first : second).put(name, tensor);
            index.withObject("/weight_map").put(name, toFirst ? "one.safetensors" : "two.safetensors");
        });
        copy.write("one.safetensors", first);
        copy.write("two.safetensors", second);
        copy.text("model.safetensors.index.json", index.toString());
        assertAnswers();
    }

    private void assertAnswers() throws EngineException {
        ReferenceCases.Case reference = ReferenceCases.of(MODEL).get(0);
        try (TensorFlowEngine engine = load(directory)) {
            Ride ride = Ride.greedy(reference.prompt(), 20).alone(engine, 1, 100);
            assertThat(ride.output()).isEqualTo(Arrays.copyOf(reference.greedy(), 20));
        }
    }

    @Test
    void bfloat16WeightsAreNearTheReference() throws Exception {
        ModelCopy copy = ModelCopy.of(MODEL, directory);
        copy.tensors.replaceAll((name, tensor) -> tensor.as("BF16"));
        copy.writeWeights();
        ReferenceCases.Case reference = ReferenceCases.of(MODEL).get(0);
        try (TensorFlowEngine engine = load(directory)) {
            float[] logits = EngineLogits.behind(engine, 0, reference.prompt(), 100);
            for (int i = 0; i < logits.length; i++) {
                assertThat(logits[i]).isCloseTo(reference.firstLogits()[i], within(0.7f));
            }
        }
    }

    /** With all logits equal, the graph takes the lowest token, as the sampler does. */
    @Test
    void tiesGoToTheLowestToken() throws Exception {
        ModelCopy copy = ModelCopy.of(MODEL, directory);
        copy.tensors.computeIfPresent(
                "transformer.ln_f.weight", (name, tensor) -> RawTensor.of(tensor.shape(), new float[48], "F32"));
        copy.tensors.computeIfPresent(
                "transformer.ln_f.bias", (name, tensor) -> RawTensor.of(tensor.shape(), new float[48], "F32"));
        copy.writeWeights();
        try (TensorFlowEngine engine = load(directory)) {
            assertThat(step(engine, greedy(0, new int[] {1, 2}, 0, 2)).token()).isZero();
        }
    }

    /** A token whose embedding overflows: its sequence gets no token, its mates and the slot's next one theirs. */
    @Test
    void numbersThatOverflowStayInTheirRowAndLeaveWithIt() throws Exception {
        ModelCopy copy = ModelCopy.of(MODEL, directory);
        copy.tensors.computeIfPresent("transformer.wte.weight", (name, tensor) -> {
            float[] numbers = tensor.floats();
            Arrays.fill(numbers, 0, 48, Float.NaN);
            return RawTensor.of(tensor.shape(), numbers, "F32");
        });
        copy.config(config -> config.put("tie_word_embeddings", false));
        copy.tensors.put(
                "lm_head.weight",
                ModelCopy.of(MODEL, Files.createDirectory(directory.resolve("again")))
                        .tensors
                        .get("transformer.wte.weight"));
        copy.writeWeights();
        ReferenceCases.Case reference = ReferenceCases.of(MODEL).get(0);
        int[] prompt = reference.prompt();
        int[] poison = new int[60];
        poison[0] = 9;
        try (TensorFlowEngine engine = load(directory)) {
            List<RowResult> results = engine.step(new StepBatch(List.of(
                            greedy(1, poison, 0, 60), greedy(2, prompt, 0, prompt.length), greedy(3, poison, 0, 1))))
                    .rows();
            assertThat(results.get(0).token()).isEqualTo(RowResult.NO_TOKEN);
            assertThat(results.get(1).token()).isEqualTo(reference.greedy()[0]);
            assertThat(results.get(2).token()).isNotNegative();
            engine.release(1);
            // Chunks smaller than a block, so that old neighbours lie in the blocks that are read.
            assertThat(Ride.greedy(prompt, 20).alone(engine, 1, 3).output())
                    .isEqualTo(Arrays.copyOf(reference.greedy(), 20));
        }
    }

    /** Every tensor of a step is closed by hand, so the count of native objects stays without any garbage collection. */
    @Test
    void stepsLeaveNoNativeObjectsBehind() throws Exception {
        try (TensorFlowEngine engine = load(ReferenceCases.directory(MODEL))) {
            SamplingParams drawn = new SamplingParams(1, 1, 0, 0, 1, 0, 0, 1, new int[0], new float[0]);
            StepBatch batch = new StepBatch(List.of(
                    greedy(0, new int[] {4, 5}, 1, 1),
                    new StepRow(2, new int[] {1, 2, 3}, 3, 0, 3, true, drawn, 3, true)));
            engine.step(batch);
            long before = Pointer.totalCount();
            for (int i = 0; i < 200; i++) {
                engine.step(batch);
            }
            // Other engines' objects may meanwhile be collected; what 200 steps leak would be hundreds.
            assertThat(Pointer.totalCount() - before).isLessThan(100);
        }
    }

    /** An error of TensorFlow's own, behind all checks: what the cache held stays, and each row can be computed again. */
    @Test
    void anErrorInsideAStepLeavesTheEngineWhole() throws Exception {
        try (TensorFlowEngine engine = load(ReferenceCases.directory(MODEL))) {
            ReferenceCases.Case reference = ReferenceCases.of(MODEL).get(0);
            Ride ride = Ride.greedy(reference.prompt(), reference.greedy().length);
            ride.slot = 1;
            for (int i = 0; !ride.isDone(); i++) {
                StepRow row = ride.next(9);
                if (i % 3 == 1) {
                    StepRow bad = greedy(2, new int[] {3, 99_999}, 0, 2);
                    List<StepRow> both = List.of(row, bad);
                    both.forEach(engine.decoder().blocks()::board);
                    StepResults nobody = new StepResults(both, engine.decoder().sampler(), slot -> {});
                    assertThatThrownBy(() -> engine.decoder().run(both, nobody)).hasMessageContaining("99999");
                    engine.release(2);
                }
                ride.onResult(row, step(engine, row));
            }
            assertThat(ride.output()).isEqualTo(reference.greedy());
        }
    }

    /** Blocks that were on the move when TensorFlow failed: nobody goes on with what may be another's. */
    @Test
    void aMoveThatFailsLosesWhatWasAboard() throws Exception {
        TensorFlowEngine engine = TensorFlowEngine.load(
                "m", ReferenceCases.directory(MODEL), EngineOptions.ofSlots(40).withThreads(1), LoadProgress.NONE);
        SlotBlocks blocks = engine.decoder().blocks();
        int[] tokens = new int[65];
        for (int slot = 0; slot < 40; slot++) {
            blocks.board(greedy(slot, tokens, 0, 64));
        }
        for (int slot = 1; slot < 39; slot++) {
            blocks.release(slot);
        }
        engine.close(); // From here on every run fails, the one that brings slot 39 beside slot 0 too.
        assertThatThrownBy(blocks::compact).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> blocks.board(greedy(39, tokens, 64, 1)))
                .hasMessage("the keys and values in slot 39 were lost");
        blocks.board(greedy(39, tokens, 0, 64));
        blocks.board(greedy(39, tokens, 64, 1));
    }

    @Test
    void batchesThatWouldWriteBesideTheCacheAreRefused() throws Exception {
        TensorFlowEngine engine = load(ReferenceCases.directory(MODEL));
        int[] tokens = {1, 2, 3};
        assertRefused(engine, "no rows");
        assertRefused(engine, "slot 4 of 4", greedy(4, tokens, 0, 3));
        assertRefused(engine, "slot -1 of 4", greedy(-1, tokens, 0, 3));
        assertRefused(engine, "slot 2 twice", greedy(2, tokens, 0, 3), greedy(2, tokens, 0, 1));
        assertRefused(engine, "positions 127 to 129 of a context of 128", greedy(0, new int[129], 127, 2));
        assertRefused(engine, "positions -1", greedy(0, tokens, -1, 1));
        assertRefused(engine, "positions 1 to 1", greedy(0, tokens, 1, 0));
        assertRefused(engine, "a history of 3 tokens", greedy(0, tokens, 0, 4));
        assertRefused(engine, "token 512 at position 1 is not in the vocabulary", greedy(0, new int[] {0, 512}, 0, 2));
        assertThat(step(engine, greedy(0, tokens, 0, 3)).token()).isNotNegative();
        engine.close();
        engine.close();
        assertRefused(engine, "closed", greedy(0, tokens, 0, 3));
    }

    private static void assertRefused(TensorFlowEngine engine, String expected, StepRow... rows) {
        assertThatThrownBy(() -> engine.step(new StepBatch(List.of(rows))))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining(expected);
    }

    @Test
    void theLastPositionOfTheContextCanBeFed() throws Exception {
        try (TensorFlowEngine engine = load(ReferenceCases.directory(MODEL))) {
            int[] full = new int[128];
            Arrays.fill(full, 17);
            int atOnce = step(engine, greedy(3, full, 0, 128)).token();
            assertThat(Ride.greedy(Arrays.copyOf(full, 128), 1)
                            .alone(engine, 0, 1)
                            .output())
                    .containsExactly(atOnce);
        }
    }
}
