package io.gondola.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ProgressLinesTest {

    private final AtomicLong nowNanos = new AtomicLong();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(ProgressLines.class);

    @BeforeEach
    void listen() {
        logger.setLevel(Level.INFO);
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(lines);
        logger.setLevel(null);
    }

    private List<String> said() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void aLargeModelSaysALineEveryTwoSeconds() {
        ProgressLines progress = new ProgressLines("big", nowNanos::get);
        nowNanos.addAndGet(9_000_000_000L);
        progress.onProgress(0, 4_000_000_000L);
        for (int second = 1; second <= 5; second++) {
            nowNanos.addAndGet(1_000_000_000L);
            progress.onProgress(second * 800_000_000L, 4_000_000_000L);
        }
        assertThat(said())
                .containsExactly("Loading big: 40 % (1600 of 4000 MB)", "Loading big: 80 % (3200 of 4000 MB)");
    }

    @Test
    void aSmallOneIsSilent() {
        ProgressLines progress = new ProgressLines("small", nowNanos::get);
        progress.onProgress(0, 10);
        progress.onProgress(10, 10);
        progress.onProgress(0, 0);
        assertThat(said()).isEmpty();
    }
}
