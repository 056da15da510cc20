package io.gondola.scheduler.inference;

/** How long a row takes, by what batches took lately: for what refused clients are told. */
final class RowRate {

    /** The share of the newest batch. */
    private static final double SMOOTHING = 0.1;

    private double nanosPerRow;

    void onBatch(long nanos, int rows) {
        double sample = (double) Math.max(0, nanos) / Math.max(1, rows);
        nanosPerRow = nanosPerRow == 0 ? sample : nanosPerRow + SMOOTHING * (sample - nanosPerRow);
    }

    /** How long this many rows take, by so many instances; 0 while nothing was measured. */
    long waitNanos(long rows, int instances) {
        return (long) Math.min(Long.MAX_VALUE, rows * nanosPerRow / Math.max(1, instances));
    }
}
