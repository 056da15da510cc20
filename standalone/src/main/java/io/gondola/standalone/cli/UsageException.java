package io.gondola.standalone.cli;

/** Something that was asked for is wrong. The message says where it was said and what is wrong with it, in one line. */
final class UsageException extends Exception {

    private static final long serialVersionUID = 1L;

    UsageException(String where, String what) {
        super(where + ": " + what);
    }

    UsageException(String message) {
        super(message);
    }
}
