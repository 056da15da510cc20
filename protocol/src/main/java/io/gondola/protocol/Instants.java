package io.gondola.protocol;

/** Sums of instants and durations that stay within the range of a clock: a message may say any timeout. */
public final class Instants {

    private Instants() {}

    /** The sum, or the end of the range it would leave. */
    public static long after(long nanos, long laterNanos) {
        long sum = nanos + laterNanos;
        return ((nanos ^ sum) & (laterNanos ^ sum)) < 0 ? (laterNanos < 0 ? Long.MIN_VALUE : Long.MAX_VALUE) : sum;
    }
}
