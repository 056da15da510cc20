package io.gondola.standalone.cli;

import ch.qos.logback.classic.Level;
import io.gondola.gateway.GatewayConfig;
import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.trace.TraceConfig;
import io.gondola.scheduler.core.Quotas;
import io.gondola.scheduler.core.SchedulerLimits;
import io.gondola.standalone.EngineKind;
import io.gondola.standalone.ModelSource;
import io.gondola.standalone.StandaloneConfig;
import io.gondola.standalone.logging.LogFormat;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.KvPrecision;
import io.gondola.worker.engine.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a run was asked to be, valid in every part.
 *
 * @param standalone what to start
 * @param logFormat how logs look
 * @param logLevel how much is logged
 */
record CliConfig(StandaloneConfig standalone, LogFormat logFormat, Level logLevel) {

    private static final int MAX_QUEUE_MAX = 1_000_000;
    private static final int TRACE_MEGABYTES_MAX = 1_000_000;
    private static final int PORT_MAX = 65_535;
    private static final long TIMEOUT_SECONDS_MAX = 86_400;

    private enum LogLevel {
        TRACE,
        DEBUG,
        INFO,
        WARN,
        ERROR,
        OFF
    }

    /** @param demoModel served when no model is given */
    static CliConfig of(Settings settings, Path demoModel) throws UsageException {
        EngineOptions engineOptions = EngineOptions.ofSlots(settings.integer(Setting.SLOTS, 1, EngineOptions.SLOTS_MAX))
                .withThreads(settings.integer(Setting.THREADS, 0, EngineOptions.THREADS_MAX))
                .withPrecision(settings.choice(Setting.PRECISION, Precision.values()))
                .withKvPrecision(settings.choice(Setting.KV_PRECISION, KvPrecision.values()));
        EngineKind engine = settings.choice(Setting.ENGINE, EngineKind.values());
        GatewayConfig gateway = gateway(settings);
        SchedulerLimits scheduler = SchedulerLimits.defaults()
                .withQueueRequestsMax(settings.integer(Setting.MAX_QUEUE, 1, MAX_QUEUE_MAX))
                .withQuotas(quotas(settings));
        LogFormat logFormat = settings.choice(Setting.LOG_FORMAT, LogFormat.values());
        LogLevel logLevel = settings.choice(Setting.LOG_LEVEL, LogLevel.values());
        StandaloneConfig standalone = StandaloneConfig.of(models(settings, demoModel))
                .withEngine(engine)
                .withEngineOptions(engineOptions)
                .withKvMemory(settings.kvMemory(Setting.KV_MEMORY))
                .withGateway(gateway)
                .withScheduler(scheduler);
        return new CliConfig(standalone, logFormat, Level.toLevel(logLevel.name()));
    }

    private static Quotas quotas(Settings settings) throws UsageException {
        return new Quotas(
                settings.quota(Setting.MAX_QUEUE_INTERACTIVE),
                settings.quota(Setting.MAX_QUEUE_STANDARD),
                settings.quota(Setting.MAX_QUEUE_BATCH),
                settings.quota(Setting.MAX_QUEUE_TENANT));
    }

    private static List<ModelSource> models(Settings settings, Path demoModel) throws UsageException {
        List<Given> models = settings.all(Setting.MODEL);
        return ModelOption.read(
                models.isEmpty() ? List.of(new Given(Setting.MODEL.option(), demoModel.toString())) : models);
    }

    private static GatewayConfig gateway(Settings settings) throws UsageException {
        long timeoutNanos = settings.nanos(Setting.REQUEST_TIMEOUT, TIMEOUT_SECONDS_MAX);
        GatewayLimits limits = GatewayLimits.builder()
                .requestTimeoutMillis(Math.max(1, TimeUnit.NANOSECONDS.toMillis(timeoutNanos)))
                .build();
        GatewayConfig gateway = GatewayConfig.defaults()
                .withHost(settings.text(Setting.HOST))
                .withPort(settings.integer(Setting.PORT, 0, PORT_MAX))
                .withLimits(limits);
        long traceBytes = settings.integer(Setting.RECORD_TRACE_MEGABYTES, 1, TRACE_MEGABYTES_MAX) * 1_000_000L;
        return settings.isGiven(Setting.RECORD_TRACE)
                ? gateway.withTrace(
                        TraceConfig.of(settings.path(Setting.RECORD_TRACE)).withFileBytesMax(traceBytes))
                : gateway;
    }
}
