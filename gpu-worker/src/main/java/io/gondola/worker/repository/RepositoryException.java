package io.gondola.worker.repository;

/** A model repository is not as it should be. The message is fit for a person: what, where, what was expected. */
public final class RepositoryException extends Exception {

    private static final long serialVersionUID = 1L;

    public RepositoryException(String message) {
        super(message);
    }

    public RepositoryException(String message, Throwable cause) {
        super(message, cause);
    }
}
