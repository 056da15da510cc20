package io.gondola.launch;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code [NAME=]DIR}. */
public final class ModelOption {

    private static final Path DEMO_MODEL = Path.of("models", "gondola-guide");

    /** Beyond any model's. */
    private static final int CONTEXT_TOKENS_MAX = 1 << 26;

    private ModelOption() {}

    /** Where the demo model is: in the folder of the launcher script. */
    public static Path demo() {
        return Path.of(System.getProperty("gondola.home", "")).resolve(DEMO_MODEL);
    }

    /** @param demoModel what is meant when no model is given */
    public static List<ModelSource> models(Settings settings, Path demoModel) throws UsageException {
        List<Given> models = settings.all(Setting.MODEL);
        return read(models.isEmpty() ? List.of(new Given(Setting.MODEL.option(), demoModel.toString())) : models);
    }

    /** The most tokens of a sequence; 0 where that is what each model has. */
    public static int contextTokensMax(Settings settings) throws UsageException {
        return settings.integer(Setting.MAX_CONTEXT, 0, CONTEXT_TOKENS_MAX);
    }

    /** The models that were given, checked to be directories of distinct names. */
    static List<ModelSource> read(List<Given> values) throws UsageException {
        List<ModelSource> models = new ArrayList<>();
        for (Given value : values) {
            ModelSource model = read(value);
            if (models.stream().anyMatch(other -> other.name().equals(model.name()))) {
                throw value.wrong("two models are called '" + model.name() + "'; give one another name with NAME=DIR");
            }
            models.add(model);
        }
        return models;
    }

    private static ModelSource read(Given value) throws UsageException {
        int equals = value.text().indexOf('=');
        // A directory may have '=' in its name: what exists as a whole is meant as a whole.
        boolean named = equals >= 0 && !isDirectory(value.text());
        Path directory = directory(value, named ? value.text().substring(equals + 1) : value.text());
        String name = named ? value.text().substring(0, equals) : nameOf(directory);
        if (!ModelSource.isName(name)) {
            throw value.wrong("'" + name + "' is no name for a model (letters, digits and _.:@+/- only, at most "
                    + ModelSource.NAME_CHARS_MAX + "); name it with NAME=DIR");
        }
        return new ModelSource(name, directory);
    }

    private static boolean isDirectory(String text) {
        try {
            return Files.isDirectory(Path.of(text));
        } catch (InvalidPathException noPath) {
            return false;
        }
    }

    private static Path directory(Given value, String text) throws UsageException {
        if (text.isBlank()) {
            throw value.wrong("expected [NAME=]DIR, not '" + value.text() + "'");
        }
        if (!isDirectory(text)) {
            throw value.wrong(text + ": no such directory");
        }
        return Path.of(text);
    }

    private static String nameOf(Path directory) {
        Path last = directory.toAbsolutePath().normalize().getFileName();
        return last == null ? "" : last.toString();
    }
}
