package io.gondola.gateway.http;

import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.metrics.GatewayMetrics;
import io.gondola.gateway.stream.WriteRound;
import io.gondola.gateway.trace.TraceRecorder;
import java.util.function.LongSupplier;

/** What the calls of one event loop share. */
record CallParts(
        GatewayLimits limits,
        GatewayMetrics metrics,
        OpenStreams openStreams,
        WriteRound writeRound,
        LongSupplier nanoClock,
        TraceRecorder trace) {}
