package io.gondola.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files beside a model of a repository that say how text becomes its tensors: where they are, and what tells two sets
 * of them apart. Gateways read them to make tokens, workers to tell what they expect.
 */
public final class TextFiles {

    public static final String TOKENIZER = "tokenizer.json";
    public static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    public static final String MODEL_CONFIG = "config.json";
    /** Of sentence-transformers: length, and whether letters are made small. */
    public static final String SENTENCE_CONFIG = "sentence_bert_config.json";
    /** Of sentence-transformers: prompts. */
    public static final String PROMPTS_CONFIG = "config_sentence_transformers.json";
    /** Of sentence-transformers: what the model is made of. */
    public static final String MODULES = "modules.json";

    private static final List<String> ALL =
            List.of(TOKENIZER, TOKENIZER_CONFIG, MODEL_CONFIG, SENTENCE_CONFIG, PROMPTS_CONFIG, MODULES);

    private TextFiles() {}

    /** The directory with the tokenizer: the version's own, or else its model's; null where there is none. */
    public static @Nullable Path tryDirectory(Path model, Path version) {
        if (Files.isRegularFile(version.resolve(TOKENIZER))) {
            return version;
        }
        return Files.isRegularFile(model.resolve(TOKENIZER)) ? model : null;
    }

    /** SHA-256 over all of the files that there are, shortened. */
    public static String fingerprint(Path directory) throws IOException {
        Fingerprint fingerprint = new Fingerprint();
        for (String name : ALL) {
            Path file = directory.resolve(name);
            fingerprint.add((byte) (Files.isRegularFile(file) ? 1 : 0));
            if (Files.isRegularFile(file)) {
                fingerprint.add(Files.readAllBytes(file));
            }
        }
        return fingerprint.take();
    }
}
