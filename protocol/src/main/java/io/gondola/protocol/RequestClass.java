package io.gondola.protocol;

/** The priority of a request, most urgent first. The wire carries the ordinal: append, never reorder. */
public enum RequestClass {
    INTERACTIVE("interactive"),
    STANDARD("standard"),
    BATCH("batch");

    private final String word;

    RequestClass(String word) {
        this.word = word;
    }

    /** As users write and read it. */
    public String word() {
        return word;
    }
}
