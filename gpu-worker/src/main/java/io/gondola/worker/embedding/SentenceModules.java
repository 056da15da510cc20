package io.gondola.worker.embedding;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gondola.launch.TextFiles;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.weights.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a directory of sentence-transformers does with the outputs of its transformer. One without {@code modules.json} is
 * read as sentence-transformers reads it: the mean of the tokens, as it is.
 *
 * @param pooling how one vector is made of the tokens'
 * @param steps what is done with it then, in order
 */
record SentenceModules(List<Pooling> pooling, List<VectorStep> steps) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String POOLING = "1_Pooling";
    private static final String NORMALIZE = "2_Normalize";
    private static final String CONFIG = "config.json";

    SentenceModules {
        pooling = List.copyOf(pooling);
        steps = List.copyOf(steps);
    }

    /** Whether there is any: then somebody means the model to give embeddings. */
    static boolean areIn(Path directory) {
        return Files.isRegularFile(directory.resolve(TextFiles.MODULES))
                || Files.isDirectory(directory.resolve(POOLING));
    }

    /** @throws EngineException where the directory asks for what cannot be computed here */
    static SentenceModules read(Path directory, EmbeddingOptions options) throws EngineException {
        SentenceModules found = read(directory);
        List<VectorStep> steps = new ArrayList<>(found.steps);
        Boolean normalize = options.normalize();
        if (normalize != null) {
            steps.removeIf(step -> step == VectorStep.NORMALIZE);
            if (normalize) {
                steps.add(VectorStep.NORMALIZE);
            }
        }
        return new SentenceModules(options.pooling().isEmpty() ? found.pooling : options.pooling(), steps);
    }

    /** What remains for an output that is the sentence's already: its graph has all but maybe the last step. */
    SentenceModules ofSentence() {
        return new SentenceModules(
                pooling,
                steps.stream().filter(step -> step == VectorStep.NORMALIZE).toList());
    }

    boolean isNormalized() {
        return !steps.isEmpty() && steps.get(steps.size() - 1) == VectorStep.NORMALIZE;
    }

    private static SentenceModules read(Path directory) throws EngineException {
        Path modules = directory.resolve(TextFiles.MODULES);
        if (Files.isRegularFile(modules)) {
            return read(directory, modules);
        }
        Path pooling = directory.resolve(POOLING).resolve(CONFIG);
        return new SentenceModules(
                Files.isRegularFile(pooling) ? pooling(pooling) : List.of(Pooling.MEAN),
                Files.isDirectory(directory.resolve(NORMALIZE)) ? List.of(VectorStep.NORMALIZE) : List.of());
    }

    private static SentenceModules read(Path directory, Path file) throws EngineException {
        List<Pooling> pooling = List.of();
        List<VectorStep> steps = new ArrayList<>();
        for (JsonNode module : modules(file)) {
            String type = module.path("type").asText();
            String name = type.substring(type.lastIndexOf('.') + 1);
            Path path = pathOf(directory, file, module);
            switch (name) {
                case "Transformer", "Dropout" -> {}
                case "Pooling" -> pooling = pooling(path.resolve(CONFIG));
                case "Normalize" -> steps.add(VectorStep.NORMALIZE);
                case "Dense" -> steps.add(DenseLayer.read(path));
                default ->
                    throw new EngineException(file + ": module '" + type + "' is not supported; supported are"
                            + " Transformer, Pooling, Dense, Dropout and Normalize");
            }
        }
        return new SentenceModules(pooling.isEmpty() ? List.of(Pooling.MEAN) : pooling, steps);
    }

    private static JsonNode modules(Path file) throws EngineException {
        try {
            JsonNode modules = JSON.readTree(Files.readAllBytes(file));
            if (modules != null && modules.isArray()) {
                return modules;
            }
        } catch (IOException unreadable) {
            throw new EngineException(file + ": " + unreadable.getMessage(), unreadable);
        }
        throw new EngineException(file + ": expected a list of modules");
    }

    private static Path pathOf(Path directory, Path file, JsonNode module) throws EngineException {
        Path path = directory.resolve(module.path("path").asText("")).normalize();
        if (!path.startsWith(directory.normalize())) {
            throw new EngineException(file + ": the path " + module.path("path") + " leads out of the directory");
        }
        return path;
    }

    private static List<Pooling> pooling(Path file) throws EngineException {
        ConfigFile config = ConfigFile.read(file);
        List<Pooling> pooling = new ArrayList<>();
        for (Pooling mode : Pooling.values()) {
            if (config.flag(mode.key(), false)) {
                pooling.add(mode);
            }
        }
        requireWholePrompts(config);
        if (!pooling.isEmpty()) {
            return pooling;
        }
        String word = config.text("pooling_mode").orElse("mean");
        Pooling named = tryNamed(word);
        if (named == null) {
            throw config.error("pooling_mode '" + word + "' is not known");
        }
        return List.of(named);
    }

    private static void requireWholePrompts(ConfigFile config) throws EngineException {
        if (!config.flag("include_prompt", true)) {
            throw config.error("include_prompt: false is not supported: prompts are part of what is pooled");
        }
    }

    /** By the words of {@code model.yaml} and of newer pooling files. */
    static @Nullable Pooling tryNamed(String word) {
        for (Pooling mode : Pooling.values()) {
            if (mode.name().equalsIgnoreCase(word)) {
                return mode;
            }
        }
        return null;
    }
}
