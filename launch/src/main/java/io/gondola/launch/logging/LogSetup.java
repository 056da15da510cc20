package io.gondola.launch.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import co.elastic.logging.logback.EcsEncoder;
import java.util.List;
import org.slf4j.LoggerFactory;

/** Sets up Logback: everything to standard output, our own lines at the level asked for, libraries quieter. */
public final class LogSetup {

    /** The logger of the lines that are shown at every level and, in text, without decoration. */
    public static final String ANNOUNCEMENTS = "io.gondola.announcement";

    private static final String PATTERN = "%d{HH:mm:ss.SSS} %-5level %-16logger{0} %msg%n%ex";
    private static final String ROLE_PATTERN = "%%d{HH:mm:ss.SSS} %%-5level [%s] %%-16logger{0} %%msg%%n%%ex";

    /** Libraries that warn of what is no matter here: DJL of GPUs that a tokenizer does not need, Hazelcast of what
     * is not used and of each try to reach a process that is gone, as the event bus of each message to it: who comes and
     * goes is told once, by Membership.
     */
    private static final List<String> CHATTY = List.of(
            "ai.djl",
            "io.micrometer",
            "com.hubspot",
            "com.hazelcast.cp",
            "com.hazelcast.instance.AddressPicker",
            "com.hazelcast.internal.partition",
            "com.hazelcast.internal.server",
            "io.vertx.core.eventbus.impl.clustered");

    private LogSetup() {}

    /**
     * Takes effect at once, for all loggers.
     *
     * @param version what {@code service.version} says in JSON
     * @param role which part of a cluster this process is; empty for the whole
     */
    public static void apply(LogFormat format, Level level, String version, String role) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(level.isGreaterOrEqual(Level.WARN) ? level : level == Level.INFO ? Level.WARN : Level.INFO);
        root.addAppender(
                appender(context, format, role.isEmpty() ? PATTERN : ROLE_PATTERN.formatted(role), version, role));
        for (String chatty : CHATTY) {
            context.getLogger(chatty).setLevel(level.isGreaterOrEqual(Level.INFO) ? Level.ERROR : Level.WARN);
        }
        context.getLogger("io.gondola").setLevel(level);
        Logger announcements = context.getLogger(ANNOUNCEMENTS);
        announcements.setLevel(Level.INFO);
        announcements.setAdditive(false);
        announcements.addAppender(appender(context, format, "%msg%n", version, role));
    }

    private static ConsoleAppender<ILoggingEvent> appender(
            LoggerContext context, LogFormat format, String pattern, String version, String role) {
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(context);
        appender.setEncoder(format == LogFormat.JSON ? ecs(context, version, role) : text(context, pattern));
        appender.start();
        return appender;
    }

    private static Encoder<ILoggingEvent> ecs(LoggerContext context, String version, String role) {
        EcsEncoder encoder = new EcsEncoder();
        encoder.setContext(context);
        encoder.setServiceName(role.isEmpty() ? "gondola" : "gondola-" + role);
        encoder.setServiceVersion(version);
        encoder.start();
        return encoder;
    }

    private static Encoder<ILoggingEvent> text(LoggerContext context, String pattern) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(pattern);
        encoder.start();
        return encoder;
    }
}
