package io.gondola.gateway;

import io.gondola.gateway.keys.ApiKeyStore;
import io.gondola.gateway.keys.ApiKeysException;
import io.gondola.gateway.trace.TraceConfig;
import io.gondola.gateway.trace.TraceRecorder;
import io.gondola.gateway.trace.TraceWriter;
import io.gondola.launch.StartupException;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The files that a gateway keeps open or looks at while it runs: its API keys and its trace. */
final class GatewayFiles {

    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final @Nullable ApiKeyStore keys;
    private final TraceRecorder trace;
    private final long refreshTimer;

    private GatewayFiles(Vertx vertx, @Nullable ApiKeyStore keys, TraceRecorder trace) {
        this.vertx = vertx;
        this.keys = keys;
        this.trace = trace;
        refreshTimer = keys == null
                ? NO_TIMER
                : vertx.setPeriodic(
                        ApiKeyStore.RELOAD_PERIOD_MILLIS,
                        timer -> vertx.executeBlocking(() -> {
                            keys.refresh();
                            return null;
                        }));
    }

    /** Fails with {@link StartupException}. */
    static Future<GatewayFiles> open(Vertx vertx, GatewayConfig config, MeterRegistry registry) {
        return vertx.executeBlocking(() -> {
            requireRepository(config.modelRepository());
            // The keys first: a trace that was begun would have to be ended again.
            ApiKeyStore keys = openKeys(config.apiKeys());
            return new GatewayFiles(vertx, keys, openTrace(config.trace(), registry));
        });
    }

    private static void requireRepository(@Nullable Path directory) throws StartupException {
        if (directory != null && !Files.isDirectory(directory)) {
            throw new StartupException(
                    StartupException.Kind.CONFIGURATION,
                    "the models that take tensors (--model-repository): " + directory + ": no such directory",
                    new NotDirectoryException(directory.toString()));
        }
    }

    private static @Nullable ApiKeyStore openKeys(@Nullable Path file) throws StartupException {
        try {
            return file == null ? null : ApiKeyStore.open(file, System::getenv);
        } catch (ApiKeysException unusable) {
            throw new StartupException(
                    StartupException.Kind.CONFIGURATION,
                    "the API keys (--api-keys): " + unusable.getMessage(),
                    unusable);
        }
    }

    private static TraceRecorder openTrace(@Nullable TraceConfig config, MeterRegistry registry)
            throws StartupException {
        try {
            return config == null ? TraceRecorder.OFF : TraceWriter.start(config, registry);
        } catch (IOException unusable) {
            throw new StartupException(
                    StartupException.Kind.CONFIGURATION,
                    "the trace (--record-trace): " + unusable.getMessage(),
                    unusable);
        }
    }

    /** Who may come in; null for everybody. */
    @Nullable
    ApiKeyStore keys() {
        return keys;
    }

    TraceRecorder trace() {
        return trace;
    }

    Future<Void> close() {
        if (refreshTimer != NO_TIMER) {
            vertx.cancelTimer(refreshTimer);
        }
        return vertx.executeBlocking(() -> {
            trace.close();
            return null;
        });
    }
}
