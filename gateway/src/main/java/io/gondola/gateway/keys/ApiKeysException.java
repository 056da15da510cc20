package io.gondola.gateway.keys;

/** A file of API keys cannot be used. The message says in one line where in it and why; it never has a key in it. */
public final class ApiKeysException extends Exception {

    private static final long serialVersionUID = 1;

    ApiKeysException(String message) {
        super(message);
    }
}
