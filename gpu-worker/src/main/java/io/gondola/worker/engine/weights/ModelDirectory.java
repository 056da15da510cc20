package io.gondola.worker.engine.weights;

import io.gondola.worker.engine.EngineException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A Hugging Face model directory whose JSON files were read and checked.
 *
 * @param path the directory
 * @param config its config.json
 */
public record ModelDirectory(Path path, ConfigFile config) {

    private static final String CONFIG_FILE = "config.json";
    private static final String GENERATION_CONFIG_FILE = "generation_config.json";

    public static ModelDirectory open(Path path) throws EngineException {
        if (!Files.exists(path)) {
            throw new EngineException(path + ": no such model directory");
        }
        if (!Files.isDirectory(path)) {
            throw new EngineException(path + ": is a file, expected a model directory with " + CONFIG_FILE + " and "
                    + Checkpoint.SINGLE_FILE);
        }
        ModelDirectory directory = new ModelDirectory(path, ConfigFile.read(path.resolve(CONFIG_FILE)));
        // The gateway takes its defaults from it; here it only must not be broken.
        directory.generationConfig();
        return directory;
    }

    /** Its generation_config.json, if there is one. */
    public Optional<ConfigFile> generationConfig() throws EngineException {
        Path file = path.resolve(GENERATION_CONFIG_FILE);
        return Files.exists(file) ? Optional.of(ConfigFile.read(file)) : Optional.empty();
    }

    /** Reads and checks the headers of the weight files; no weight is read yet. */
    public Checkpoint openCheckpoint() throws EngineException {
        return Checkpoint.open(path);
    }
}
