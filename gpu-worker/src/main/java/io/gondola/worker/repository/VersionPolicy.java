package io.gondola.worker.repository;

import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * Which versions of a model are served.
 *
 * @param latest this many of the newest; 0 where {@code versions} says
 * @param versions these; all where it is empty and {@code latest} is 0
 */
public record VersionPolicy(int latest, List<Long> versions) {

    /** The newest alone, as TensorFlow Serving and Triton have it. */
    public static final VersionPolicy LATEST = new VersionPolicy(1, List.of());

    public static final VersionPolicy ALL = new VersionPolicy(0, List.of());

    public VersionPolicy {
        versions = List.copyOf(versions);
        if (latest < 0) {
            throw new IllegalArgumentException("latest must not be negative: " + latest);
        }
    }

    /** Those to serve of the versions there are. */
    public NavigableSet<Long> choose(NavigableSet<Long> there) {
        NavigableSet<Long> chosen = new TreeSet<>(there);
        if (latest > 0) {
            while (chosen.size() > latest) {
                chosen.pollFirst();
            }
        } else if (!versions.isEmpty()) {
            chosen.retainAll(versions);
        }
        return chosen;
    }
}
