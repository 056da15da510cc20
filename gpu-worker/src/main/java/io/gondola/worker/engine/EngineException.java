package io.gondola.worker.engine;

/** An engine could not load a model or compute a step. The message is fit for a person: what, where, what was expected. */
public class EngineException extends Exception {

    private static final long serialVersionUID = 1L;

    public EngineException(String message) {
        super(message);
    }

    public EngineException(String message, Throwable cause) {
        super(message, cause);
    }
}
