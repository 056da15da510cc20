package io.gondola.gateway.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that hold now. Who changes the file need not start the gateway anew; a file that has become wrong changes
 * nothing, and is complained about. Looked up on all event loops, reloaded on one other thread.
 */
public final class ApiKeyStore {

    /** How often the file is looked at: a key that is taken out opens nothing after this. */
    public static final long RELOAD_PERIOD_MILLIS = 2_000;

    private static final Logger LOG = LoggerFactory.getLogger(ApiKeyStore.class);

    private final Path path;
    private final ApiKeyFile file;
    private volatile ApiKeys keys;
    private String stamp;

    private ApiKeyStore(Path path, ApiKeyFile file) throws ApiKeysException {
        this.path = path;
        this.file = file;
        // Before it is read: a change meanwhile is then seen.
        stamp = stampNow();
        keys = file.read();
    }

    /** Reads the file; takes a while. @param environment the value of a variable; null where it is not set */
    public static ApiKeyStore open(Path path, UnaryOperator<@Nullable String> environment) throws ApiKeysException {
        ApiKeyStore store = new ApiKeyStore(path, new ApiKeyFile(path, environment));
        LOG.info("{} API keys in {}", store.keys.size(), path);
        return store;
    }

    /** What this key stands for; null when nobody knows it. */
    public @Nullable ApiKey tryFind(String presented) {
        return keys.tryFind(presented);
    }

    /** Reads the file again if it has changed; takes a while. */
    public synchronized void refresh() {
        String now = stampNow();
        if (now.equals(stamp)) {
            return;
        }
        stamp = now;
        try {
            keys = file.read();
            LOG.info("{} API keys in {}, which has changed", keys.size(), path);
        } catch (ApiKeysException wrong) {
            LOG.error("The API keys stay as they were: {}", wrong.getMessage());
        }
    }

    /** What changes with the file; a file that is gone has changed too. */
    private String stampNow() {
        try {
            return Files.getLastModifiedTime(path) + " " + Files.size(path) + " " + path.toRealPath();
        } catch (IOException gone) {
            return "gone";
        }
    }
}
