package io.gondola.launch;

import java.nio.file.Path;

/**
 * A model to serve.
 *
 * @param name what clients call it
 * @param directory a Hugging Face directory
 */
public record ModelSource(String name, Path directory) {

    /** The longest name; it stands in addresses, metrics and every response. */
    public static final int NAME_CHARS_MAX = 128;

    private static final String NAME_PATTERN = "[A-Za-z0-9_][A-Za-z0-9_.:@+/-]*";

    public ModelSource {
        if (!isName(name)) {
            throw new IllegalArgumentException("'" + name
                    + "' is no name for a model: letters, digits and _.:@+/- only, " + "at most " + NAME_CHARS_MAX);
        }
    }

    /** Whether a model can have this name. */
    public static boolean isName(String name) {
        return name.length() <= NAME_CHARS_MAX && name.matches(NAME_PATTERN);
    }
}
