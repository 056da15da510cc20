package io.gondola.worker.engine;

/** Who is told how far the loading of a model's weights has come. Called by the loading thread; must return quickly. */
@FunctionalInterface
public interface LoadProgress {

    /** Nobody is told. */
    LoadProgress NONE = (bytesDone, bytesTotal) -> {};

    /**
     * Called first with {@code bytesDone} 0, then at least after every tensor, last with {@code bytesDone == bytesTotal}.
     *
     * @param bytesDone bytes of weight files read so far, never falling
     * @param bytesTotal bytes to be read in all
     */
    void onProgress(long bytesDone, long bytesTotal);
}
