package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.weights.Checkpoint;
import io.gondola.worker.engine.weights.ConfigFile;
import io.gondola.worker.engine.weights.RandomWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A model directory without a tokenizer, made from a config.json alone: its weights are random. */
public final class RandomModel {

    private static final long SEED = 1;

    private RandomModel() {}

    /** Writes config.json and model.safetensors. */
    public static void write(String configJson, Path directory) throws EngineException {
        Path file = directory.resolve("config.json");
        try {
            Files.writeString(file, configJson);
        } catch (IOException e) {
            throw new EngineException(file + ": cannot be written: " + e.getMessage(), e);
        }
        ConfigFile config = ConfigFile.read(file);
        Architecture.Recognised recognised = Architecture.recognise(config);
        List<RandomWeights.Tensor> tensors =
                recognised
                        .architecture()
                        .weights(recognised.description(), config, Checkpoint.empty(directory))
                        .stream()
                        .flatMap(spec -> spec.parts().stream().map(part -> tensor(spec, part)))
                        .toList();
        RandomWeights.write(directory, tensors, SEED);
    }

    private static RandomWeights.Tensor tensor(WeightSpec spec, WeightSpec.Part part) {
        return new RandomWeights.Tensor(part.tensor(), part.shape(), spec.name().endsWith("norm.weight"));
    }
}
