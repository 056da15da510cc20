package io.gondola.scheduler.runtime;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts messages that are dropped because they make no sense, and logs at most one a second. */
final class MalformedMessages {

    private static final Logger LOG = LoggerFactory.getLogger(MalformedMessages.class);
    private static final long LOG_INTERVAL_NANOS = 1_000_000_000L;

    private final Counter counter;
    private long nextLogNanos = Long.MIN_VALUE;

    MalformedMessages(MeterRegistry registry) {
        counter = Counter.builder("gondola.malformed.messages")
                .description("Messages dropped because they could not be read")
                .tag("role", "scheduler")
                .register(registry);
    }

    /** On the verticle's event loop. */
    void drop(String address, String what, long nowNanos) {
        counter.increment();
        if (nowNanos >= nextLogNanos) {
            nextLogNanos = nowNanos + LOG_INTERVAL_NANOS;
            LOG.warn("dropped a message to {}: {} ({} in all)", address, what, (long) counter.count());
        }
    }
}
