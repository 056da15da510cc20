package io.gondola.gateway.launch;

import io.gondola.gateway.GatewayConfig;
import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.limits.GatewayLimitsBuilder;
import io.gondola.gateway.trace.TraceConfig;
import io.gondola.launch.Setting;
import io.gondola.launch.Settings;
import io.gondola.launch.UsageException;
import java.util.concurrent.TimeUnit;

/** What was set about a gateway. */
public final class GatewaySettings {

    private static final int TRACE_MEGABYTES_MAX = 1_000_000;
    private static final int PORT_MAX = 65_535;
    private static final long TIMEOUT_SECONDS_MAX = 86_400;

    private GatewaySettings() {}

    /** Of the gateway in a process with everything else. */
    public static GatewayConfig read(Settings settings) throws UsageException {
        return read(settings, GatewayLimits.builder());
    }

    /** Of a process that is a gateway. */
    static GatewayConfig readOfRole(Settings settings) throws UsageException {
        long drainNanos = settings.nanos(Setting.DRAIN_TIMEOUT, TIMEOUT_SECONDS_MAX);
        long holdNanos = settings.nanos(Setting.HOLD_TIMEOUT, TIMEOUT_SECONDS_MAX);
        return read(
                settings,
                GatewayLimits.builder()
                        .closeGraceMillis(TimeUnit.NANOSECONDS.toMillis(drainNanos))
                        .acceptTimeoutMillis(Math.max(1, TimeUnit.NANOSECONDS.toMillis(holdNanos))));
    }

    private static GatewayConfig read(Settings settings, GatewayLimitsBuilder builder) throws UsageException {
        long timeoutNanos = settings.nanos(Setting.REQUEST_TIMEOUT, TIMEOUT_SECONDS_MAX);
        GatewayLimits limits = builder.requestTimeoutMillis(Math.max(1, TimeUnit.NANOSECONDS.toMillis(timeoutNanos)))
                .build();
        GatewayConfig gateway = GatewayConfig.defaults()
                .withHost(settings.text(Setting.HOST))
                .withPort(settings.integer(Setting.PORT, 0, PORT_MAX))
                .withLimits(limits);
        if (settings.isGiven(Setting.MODEL_REPOSITORY)) {
            gateway = gateway.withModelRepository(settings.path(Setting.MODEL_REPOSITORY));
        }
        if (settings.isGiven(Setting.API_KEYS)) {
            gateway = gateway.withApiKeys(settings.path(Setting.API_KEYS));
        }
        long traceBytes = settings.integer(Setting.RECORD_TRACE_MEGABYTES, 1, TRACE_MEGABYTES_MAX) * 1_000_000L;
        return settings.isGiven(Setting.RECORD_TRACE)
                ? gateway.withTrace(
                        TraceConfig.of(settings.path(Setting.RECORD_TRACE)).withFileBytesMax(traceBytes))
                : gateway;
    }
}
