package io.gondola.gateway.text;

import java.util.List;

/**
 * Watches the text of one sequence for stop strings. What could be the beginning of one is held back, so that no part
 * of a stop string is ever shown; the text before the earliest match is given out. Not thread-safe.
 */
public final class StopStrings {

    private StopStrings() {}

    /** Watches for these; an empty list lets everything pass. */
    public static StopStrings of(List<String> stops) {
        throw new UnsupportedOperationException();
    }

    /** What may be shown of the text so far and was not given out before; empty once stopped. */
    public String append(String text) {
        throw new UnsupportedOperationException();
    }

    /** Whether a stop string was met: the sequence is over, with finish reason {@code stop}. */
    public boolean isStopped() {
        throw new UnsupportedOperationException();
    }

    /** What was held back, when the sequence ended without a stop string; empty when stopped. */
    public String finish() {
        throw new UnsupportedOperationException();
    }
}
