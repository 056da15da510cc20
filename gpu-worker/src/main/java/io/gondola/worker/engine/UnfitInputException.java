package io.gondola.worker.engine;

/** An input cannot be given to the model whatever it would compute: the client's fault, and not the model's. */
public final class UnfitInputException extends EngineException {

    private static final long serialVersionUID = 1L;

    public UnfitInputException(String message, Throwable cause) {
        super(message, cause);
    }
}
