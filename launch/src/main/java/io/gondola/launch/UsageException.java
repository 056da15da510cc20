package io.gondola.launch;

/** Something that was asked for is wrong. The message says where it was said and what is wrong with it, in one line. */
public final class UsageException extends Exception {

    private static final long serialVersionUID = 1L;

    public UsageException(String where, String what) {
        super(where + ": " + what);
    }

    public UsageException(String message) {
        super(message);
    }
}
