package io.gondola.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/** What all nodes of a test say in the log, as it would be shown. */
final class LogLines extends AppenderBase<ILoggingEvent> implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 60;
    private static final long POLL_MILLIS = 20;

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.gondola");
    private final Level levelBefore = logger.getLevel();
    private final List<String> lines = new CopyOnWriteArrayList<>();

    LogLines() {
        start();
        logger.setLevel(Level.INFO);
        logger.addAppender(this);
    }

    @Override
    protected void append(ILoggingEvent event) {
        lines.add(event.getFormattedMessage());
    }

    /** Those that hold all of these. */
    List<String> with(String... parts) {
        return lines.stream()
                .filter(line -> List.of(parts).stream().allMatch(line::contains))
                .toList();
    }

    /** Waits until a line holds all of these. */
    void await(String... parts) throws InterruptedException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (with(parts).isEmpty() && System.nanoTime() < endNanos) {
            Thread.sleep(POLL_MILLIS);
        }
        assertThat(with(parts)).as("%s in %s", List.of(parts), lines).isNotEmpty();
    }

    @Override
    public void close() {
        logger.detachAppender(this);
        logger.setLevel(levelBefore);
    }
}
