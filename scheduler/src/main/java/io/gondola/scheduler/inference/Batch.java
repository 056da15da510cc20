package io.gondola.scheduler.inference;

import java.util.List;

/** Inferences that run together on one worker. */
final class Batch {

    private final long id;
    private final List<Inference> inferences;
    private final long departedNanos;
    private int reportsMissed;

    Batch(long id, List<Inference> inferences, long departedNanos) {
        this.id = id;
        this.inferences = List.copyOf(inferences);
        this.departedNanos = departedNanos;
    }

    long id() {
        return id;
    }

    List<Inference> inferences() {
        return inferences;
    }

    long departedNanos() {
        return departedNanos;
    }

    int rows() {
        return inferences.stream().mapToInt(Inference::rows).sum();
    }

    /** Its worker did not name it; answers how often that was in a row. */
    int missReport() {
        return ++reportsMissed;
    }

    void onReported() {
        reportsMissed = 0;
    }
}
