package io.gondola.scheduler.inference;

/** How long a row takes, by what batches took lately: for what refused clients are told. */
final class RowRate {

    /** The share of the newest batch. */
    private static final double SMOOTHING = 0.1;

    private double nanosPerRow;
    private double nanosPerBatch;

    void onBatch(long nanos, int rows) {
        double sample = (double) Math.max(0, nanos) / Math.max(1, rows);
        nanosPerRow = smoothed(nanosPerRow, sample);
        nanosPerBatch = smoothed(nanosPerBatch, Math.max(0, nanos));
    }

    private static double smoothed(double before, double sample) {
        return before == 0 ? sample : before + SMOOTHING * (sample - before);
    }

    /**
     * How long this many rows take in batches as large as may be, if those take as long as batches did lately: hopeful,
     * for batches were rarely larger than that. 0 while nothing was measured.
     */
    long fullBatchesNanos(long rows, int maxBatchSize, int instances) {
        long batches = rows / Math.max(1, maxBatchSize);
        return (long) Math.min(Long.MAX_VALUE, batches * nanosPerBatch / Math.max(1, instances));
    }

    /** How long this many rows take, by so many instances; 0 while nothing was measured. */
    long waitNanos(long rows, int instances) {
        return (long) Math.min(Long.MAX_VALUE, rows * nanosPerRow / Math.max(1, instances));
    }
}
