package io.gondola.launch;

import io.gondola.launch.logging.RareWarning;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.slf4j.LoggerFactory;

/** Counts messages that are dropped because they make no sense, and logs at most one a second. Any thread. */
public final class MalformedMessages {

    private final Counter counter;
    private final RareWarning warning = new RareWarning(LoggerFactory.getLogger(MalformedMessages.class));

    /** @param role whose messages they are */
    public MalformedMessages(MeterRegistry registry, String role) {
        counter = Counter.builder("gondola.malformed.messages")
                .description("Messages dropped because they could not be read")
                .tag("role", role)
                .register(registry);
    }

    /**
     * Drops one.
     *
     * @param address where it came
     * @param what is wrong with it
     */
    public void drop(String address, String what) {
        counter.increment();
        warning.say("Dropped a message to {}: {} ({} in all)", address, what, (long) counter.count());
    }

    /** Drops one that could not be read. */
    public void drop(String address, Exception unreadable) {
        drop(address, String.valueOf(unreadable.getMessage()));
    }
}
