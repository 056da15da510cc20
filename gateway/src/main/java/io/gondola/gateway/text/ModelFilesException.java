package io.gondola.gateway.text;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A model directory that cannot be served: the message names the file and what was expected there. */
public final class ModelFilesException extends Exception {

    private static final long serialVersionUID = 1;

    public ModelFilesException(Path file, String expected) {
        this(file, expected, null);
    }

    public ModelFilesException(Path file, String expected, @Nullable Throwable cause) {
        super(file + ": " + expected, cause);
    }
}
