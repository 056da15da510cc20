package io.gondola.launch;

import io.vertx.core.Future;
import java.net.UnknownHostException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Futures as a main thread needs them: it has nothing else to do. */
public final class Awaited {

    private static final Logger LOG = LoggerFactory.getLogger(Awaited.class);
    private static final long START_SECONDS_MAX = 60;

    private Awaited() {}

    /** What was started, or why not. */
    public static <T> T started(Future<T> future, String what) throws StartupException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(START_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (ExecutionException | CompletionException failure) {
            Throwable cause = failure.getCause() == null ? failure : failure.getCause();
            if (cause instanceof StartupException told) {
                throw told;
            }
            // No such address: what was asked for is wrong, not the machine.
            StartupException.Kind kind = cause instanceof UnknownHostException
                    ? StartupException.Kind.CONFIGURATION
                    : StartupException.Kind.ENVIRONMENT;
            String message = cause.getMessage();
            throw new StartupException(kind, what + ": " + (message == null ? cause.toString() : message), cause);
        } catch (TimeoutException late) {
            throw new StartupException(
                    StartupException.Kind.ENVIRONMENT, what + " took more than " + START_SECONDS_MAX + " s", late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new StartupException(StartupException.Kind.ENVIRONMENT, what + ": interrupted", interrupted);
        }
    }

    /** Waits for an end, and says so where there is none. */
    public static void ended(Future<Void> future, String what, long secondsMax) {
        try {
            future.toCompletionStage().toCompletableFuture().get(secondsMax, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException failure) {
            LOG.warn("Closing the {} failed: {}", what, failure.toString());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits as long as a start may take. */
    public static void ended(Future<Void> future, String what) {
        ended(future, what, START_SECONDS_MAX);
    }
}
