package io.gondola.cluster;

import io.gondola.launch.logging.RareWarning;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Handler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What nobody handled on an event loop: counted, and logged at most once a second. Bytes that are no messages end here, so
 * whoever sends them can fill no disk.
 */
final class UnhandledErrors implements Handler<Throwable> {

    private static final Logger LOG = LoggerFactory.getLogger(UnhandledErrors.class);
    /** What the bus of Vert.x 5.0.7 throws, behind its back, when it writes to a connection that has just broken. */
    private static final String WRITE_TO_A_BROKEN_CONNECTION = "Promise already completed";

    private final Counter counter;
    private final RareWarning warning = new RareWarning(LOG);

    UnhandledErrors(MeterRegistry registry) {
        counter = Counter.builder("gondola.unhandled.errors")
                .description(
                        "Failures on event loops that nobody handled, such as bytes on the bus that are no messages")
                .register(registry);
    }

    @Override
    public void handle(Throwable failure) {
        if (failure instanceof IllegalStateException && WRITE_TO_A_BROKEN_CONNECTION.equals(failure.getMessage())) {
            LOG.debug("A message went to a connection that has just broken: who needs it says it again", failure);
            return;
        }
        counter.increment();
        warning.say("Nobody handled this ({} in all)", (long) counter.count(), failure);
    }
}
