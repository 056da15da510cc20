package io.gondola.worker.engine;

import java.util.Locale;

/**
 * What an engine computes on.
 *
 * @param kind of processor
 * @param index of the GPU, from 0, among those that this process may use
 */
public record Device(Kind kind, int index) {

    public static final Device AUTO = new Device(Kind.AUTO, 0);
    public static final Device CPU = new Device(Kind.CPU, 0);
    private static final int INDEX_MAX = 63;

    /** Which kind of processor. */
    public enum Kind {
        /** A GPU where there is one and this build can use it, otherwise the processor. */
        AUTO,
        CPU,
        GPU
    }

    public Device {
        if (index < 0 || index > INDEX_MAX) {
            throw new IllegalArgumentException("a GPU's number is 0 to " + INDEX_MAX + ": " + index);
        }
    }

    /** Reads {@code auto}, {@code cpu}, {@code gpu} or {@code gpu:1}; says what it expects where it cannot. */
    public static Device parse(String text) {
        String[] parts = text.toLowerCase(Locale.ROOT).split(":", -1);
        try {
            Kind kind = Kind.valueOf(parts[0].toUpperCase(Locale.ROOT));
            if (parts.length == 1) {
                return new Device(kind, 0);
            }
            if (parts.length == 2 && kind == Kind.GPU) {
                return new Device(kind, Integer.parseInt(parts[1]));
            }
        } catch (IllegalArgumentException wrong) {
            // Falls through to the one message that says what is expected.
        }
        throw new IllegalArgumentException("expected auto, cpu, gpu or gpu:NUMBER");
    }
}
