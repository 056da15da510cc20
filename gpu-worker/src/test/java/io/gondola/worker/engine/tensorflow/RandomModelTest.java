package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.protocol.SamplingParams;
import io.gondola.worker.bench.ModelShapes;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.Precision;
import io.gondola.worker.engine.StepBatch;
import io.gondola.worker.engine.StepResult.RowResult;
import io.gondola.worker.engine.StepRow;
import io.gondola.worker.engine.weights.Checkpoint;
import io.gondola.worker.engine.weights.ConfigFile;
import io.gondola.worker.engine.weights.RandomWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomModelTest {

    /** As their model cards give them: all parameters, those of a tied head once. */
    private static final Map<String, Long> PARAMETERS = Map.of(
            "gpt2-124m", 124_439_808L,
            "gpt2-355m", 354_823_168L,
            "smollm2-135m", 134_515_008L,
            "smollm2-360m", 361_821_120L,
            "qwen2.5-0.5b", 494_032_768L,
            "qwen3-0.6b", 596_049_920L,
            "llama-3.2-1b", 1_235_814_400L);

    @Test
    void everyShapeHasTheParametersOfItsModel(@TempDir Path directory) throws IOException, EngineException {
        Map<String, Long> counted = new TreeMap<>();
        for (String name : ModelShapes.NAMES) {
            Path file = directory.resolve(name + ".json");
            Files.writeString(file, ModelShapes.config(name));
            ConfigFile config = ConfigFile.read(file);
            Architecture.Recognised recognised = Architecture.recognise(config);
            counted.put(
                    name,
                    recognised
                            .architecture()
                            .weights(recognised.description(), config, Checkpoint.empty(directory))
                            .stream()
                            .mapToLong(WeightSpec::elements)
                            .sum());
        }
        assertThat(counted).isEqualTo(PARAMETERS);
    }

    @Test
    void whatAStepMustDoIsCountedFromTheSizes(@TempDir Path directory) throws IOException, EngineException {
        Path file = directory.resolve("config.json");
        Files.writeString(file, ModelShapes.config("gpt2-124m"));
        ConfigFile config = ConfigFile.read(file);
        Architecture.Recognised recognised = Architecture.recognise(config);
        List<WeightSpec> specs =
                recognised.architecture().weights(recognised.description(), config, Checkpoint.empty(directory));
        DecoderWork work = DecoderWork.of(
                recognised.description(), specs, EngineOptions.ofSlots(1).withPrecision(Precision.BF16));
        assertThat(work)
                .isEqualTo(new DecoderWork(12L * 12 * 768 * 768, 50257L * 768, 2, 2L * 12 * 768 * 4, 4L * 768 * 12));
        assertThat(work.bytes(0, 3)).isEqualTo(2 * work.layerWeights() + 3 * work.kvBytesPerToken());
    }

    @Test
    void aRandomModelLoadsAndSpeaks(@TempDir Path directory) throws IOException, EngineException {
        String config = Files.readString(ReferenceCases.directory("tiny-qwen3").resolve("config.json"));
        RandomModel.write(config, directory);
        EngineOptions options = EngineOptions.ofSlots(1);
        try (TensorFlowEngine engine = TensorFlowEngine.load("random", directory, options, LoadProgress.NONE)) {
            int[] history = {1, 2, 3, 4};
            StepRow row = new StepRow(0, history, 4, 0, 4, true, SamplingParams.greedy(), -1, false);
            RowResult result = engine.step(new StepBatch(List.of(row))).rows().get(0);
            assertThat(result.token()).isNotEqualTo(RowResult.NO_TOKEN);
        }
    }

    @Test
    void theSameSeedGivesTheSameFileAndNoRowsAreAlike(@TempDir Path directory) throws IOException, EngineException {
        List<RandomWeights.Tensor> tensors = List.of(new RandomWeights.Tensor("matrix", List.of(2048L, 1024L), false));
        Path file = directory.resolve("model.safetensors");
        RandomWeights.write(directory, tensors, 5);
        byte[] first = Files.readAllBytes(file);
        RandomWeights.write(directory, tensors, 5);
        assertThat(Files.readAllBytes(file)).isEqualTo(first);
        int end = first.length;
        int rowBytes = 2 * 1024;
        byte[] last = Arrays.copyOfRange(first, end - rowBytes, end);
        byte[] before = Arrays.copyOfRange(first, end - 1025 * rowBytes, end - 1024 * rowBytes);
        assertThat(last).isNotEqualTo(before);
        RandomWeights.write(directory, tensors, 6);
        assertThat(Files.readAllBytes(file)).isNotEqualTo(first);
    }

    @Test
    void moreThanTheLimitIsRefusedBeforeItIsWritten(@TempDir Path directory) {
        List<RandomWeights.Tensor> tensors =
                List.of(new RandomWeights.Tensor("matrix", List.of(1L << 20, 1L << 13), false));
        assertThatThrownBy(() -> RandomWeights.write(directory, tensors, 1))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("random weights take 16384 MiB, but there is room for");
        assertThat(directory.resolve("model.safetensors")).doesNotExist();
    }
}
