package io.gondola.launch.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RareWarningTest {

    private final Logger log = (Logger) LoggerFactory.getLogger("rare-warning-test");
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private final AtomicLong nowNanos = new AtomicLong(Long.MAX_VALUE - 5);
    private final RareWarning warning = new RareWarning(log, nowNanos::get);

    @BeforeEach
    void listen() {
        said.start();
        log.setLevel(Level.WARN);
        log.setAdditive(false);
        log.addAppender(said);
    }

    @AfterEach
    void listenNoMore() {
        log.detachAppender(said);
    }

    @Test
    void isSaidAtMostOnceASecond() {
        for (int i = 0; i < 1_000; i++) {
            warning.say("rubbish {}", i);
        }
        nowNanos.addAndGet(RareWarning.PAUSE_NANOS - 1);
        warning.say("too soon");
        nowNanos.addAndGet(1);
        warning.say("again");
        assertThat(said.list).extracting(ILoggingEvent::getFormattedMessage).containsExactly("rubbish 0", "again");
    }
}
