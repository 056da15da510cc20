package io.gondola.launch;

/**
 * What a command runs.
 *
 * <pre>
 *   opened (alive, not ready) --load()--> ready --close()--> gone
 * </pre>
 */
public interface Service extends AutoCloseable {

    /** Does what takes its time, and returns when requests would be served. */
    void load() throws StartupException;

    /** The one line that says that all is ready, and where. */
    String announcement();

    /** Ends everything with grace; idempotent. */
    @Override
    void close();
}
