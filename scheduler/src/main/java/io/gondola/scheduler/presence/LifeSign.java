package io.gondola.scheduler.presence;

import io.gondola.scheduler.collect.Heap;

/** When somebody was last heard. Who keeps it at hand notes that without looking anything up. */
public final class LifeSign extends Heap.Item {

    final String id;
    /** Counts those who are watched. */
    long number;

    long heardNanos;
    /** As of when it is in order. */
    long lookedAtNanos;

    LifeSign(String id) {
        this.id = id;
    }
}
