package io.gondola.scheduler.collect;

/**
 * How evenly something is shared: {@code (sum x)^2 / (n * sum x^2)} over the {@code n} shares {@code x}. 1 says that all are
 * alike, {@code 1/n} that one has everything (Jain, Chiu and Hawe, DEC-TR-301).
 */
public final class JainIndex {

    private int count;
    private double sum;
    private double squares;

    public void add(double share) {
        count++;
        sum += share;
        squares += share * share;
    }

    /** 1 while nobody has anything. */
    public double value() {
        return squares == 0 ? 1 : sum * sum / (count * squares);
    }
}
