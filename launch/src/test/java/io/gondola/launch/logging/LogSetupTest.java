package io.gondola.launch.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogSetupTest {

    private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();

    @AfterEach
    void restore() throws Exception {
        context.reset();
        new ContextInitializer(context).autoConfig();
    }

    private Level level(String logger) {
        return ((Logger) LoggerFactory.getLogger(logger)).getEffectiveLevel();
    }

    @Test
    void librariesAreQuieterThanWeAre() {
        LogSetup.apply(LogFormat.TEXT, Level.INFO, "1", "");
        assertThat(level("io.gondola.gateway")).isEqualTo(Level.INFO);
        assertThat(level("io.netty")).isEqualTo(Level.WARN);
        assertThat(level("ai.djl.util")).isEqualTo(Level.ERROR);
        LogSetup.apply(LogFormat.TEXT, Level.DEBUG, "1", "");
        assertThat(level("io.gondola.gateway")).isEqualTo(Level.DEBUG);
        assertThat(level("io.netty")).isEqualTo(Level.INFO);
    }

    @Test
    void silenceIsSilenceButForTheAnnouncement() {
        LogSetup.apply(LogFormat.JSON, Level.OFF, "1", "");
        assertThat(level("io.gondola.gateway")).isEqualTo(Level.OFF);
        assertThat(level("io.netty")).isEqualTo(Level.OFF);
        assertThat(level(LogSetup.ANNOUNCEMENTS)).isEqualTo(Level.INFO);
    }
}
