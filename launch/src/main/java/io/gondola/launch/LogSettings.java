package io.gondola.launch;

import ch.qos.logback.classic.Level;
import io.gondola.launch.logging.LogFormat;

/**
 * How much is logged, and how it looks.
 *
 * @param format text or JSON
 * @param level the least severe that is shown
 */
public record LogSettings(LogFormat format, Level level) {

    private enum Word {
        TRACE,
        DEBUG,
        INFO,
        WARN,
        ERROR,
        OFF
    }

    public static LogSettings of(Settings settings) throws UsageException {
        return new LogSettings(
                settings.choice(Setting.LOG_FORMAT, LogFormat.values()),
                Level.toLevel(settings.choice(Setting.LOG_LEVEL, Word.values()).name()));
    }
}
