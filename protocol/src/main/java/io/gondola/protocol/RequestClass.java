package io.gondola.protocol;

/** The priority of a request, most urgent first. The wire carries the ordinal: append, never reorder. */
public enum RequestClass {
    INTERACTIVE,
    STANDARD,
    BATCH
}
