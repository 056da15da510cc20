package io.gondola.launch;

/** Gondola could not start. The message is one line for a person. */
public final class StartupException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Whose move it is. */
    public enum Kind {
        /** What was configured cannot work: a model directory that is not one. */
        CONFIGURATION,
        /** The surroundings do not let us: a port that is taken. */
        ENVIRONMENT
    }

    private final Kind kind;

    public StartupException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
