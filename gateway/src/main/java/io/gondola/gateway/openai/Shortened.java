package io.gondola.gateway.openai;

/** What a client wrote, cut for an error message. */
public final class Shortened {

    static final int CHARS_MAX = 64;

    private Shortened() {}

    /** At most {@link #CHARS_MAX} characters of it, and dots. */
    public static String of(String text) {
        return text.length() <= CHARS_MAX ? text : text.substring(0, CHARS_MAX) + "...";
    }
}
