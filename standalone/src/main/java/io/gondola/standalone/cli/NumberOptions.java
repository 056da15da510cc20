package io.gondola.standalone.cli;

import io.gondola.launch.UsageException;

/** The ranges of options that are numbers. */
final class NumberOptions {

    private NumberOptions() {}

    static void inRange(String option, double value, double min, double max) throws UsageException {
        if (!(value >= min && value <= max)) {
            throw new UsageException(
                    option, "expected a number from " + plain(min) + " to " + plain(max) + ", not " + plain(value));
        }
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }
}
