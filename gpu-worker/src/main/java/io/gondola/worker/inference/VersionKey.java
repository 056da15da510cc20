package io.gondola.worker.inference;

/** What names a version of a model within a worker. */
record VersionKey(String model, long version) implements Comparable<VersionKey> {

    @Override
    public int compareTo(VersionKey other) {
        int byModel = model.compareTo(other.model);
        return byModel != 0 ? byModel : Long.compare(version, other.version);
    }
}
