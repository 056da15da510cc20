package io.gondola.scheduler.simulation;

import java.util.Iterator;
import java.util.List;

/** What arrives at a fleet: a load may be far larger than memory, so it is drawn or read as it goes, the same each time. */
public interface Load {

    /** From the beginning, in the order of arrival. */
    Iterator<LoadRequest> requests();

    /** No request arrives later. */
    long endNanos();

    /** A load at hand. @param requests in the order of arrival */
    static Load of(List<LoadRequest> requests) {
        List<LoadRequest> all = List.copyOf(requests);
        return new Load() {
            @Override
            public Iterator<LoadRequest> requests() {
                return all.iterator();
            }

            @Override
            public long endNanos() {
                return all.isEmpty() ? 0 : all.get(all.size() - 1).arrivalNanos();
            }
        };
    }
}
