package io.gondola.gateway;

import io.gondola.gateway.limits.GatewayLimits;
import io.gondola.gateway.trace.TraceConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an operator says about a gateway.
 *
 * @param host the address to listen at
 * @param port the port; 0 picks a free one
 * @param instances event loops that serve it, all behind the one port
 * @param corsOrigins origins whose pages may call the gateway ({@code "*"}: all); empty answers no cross-origin question
 * @param limits everything that is bounded
 * @param apiKeys the file of the keys that may come in; null lets everybody in
 * @param trace where ended requests are written; null for nowhere
 * @param modelRepository the directory of the models that take tensors, for the tokenizers of those that take text; null for
 *     none
 * @param nodeId the name of the process; its event loops are called after it
 */
public record GatewayConfig(
        String host,
        int port,
        int instances,
        List<String> corsOrigins,
        GatewayLimits limits,
        @Nullable Path apiKeys,
        @Nullable TraceConfig trace,
        @Nullable Path modelRepository,
        String nodeId) {

    /** More event loops than this help nobody. */
    public static final int INSTANCES_MAX = 256;

    public GatewayConfig {
        corsOrigins = List.copyOf(corsOrigins);
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port must be 0 to 65535: " + port);
        }
        if (instances < 1 || instances > INSTANCES_MAX) {
            throw new IllegalArgumentException("instances must be 1 to " + INSTANCES_MAX + ": " + instances);
        }
    }

    /** All interfaces, port 8080, an event loop for each core. */
    public static GatewayConfig defaults() {
        int cores = Math.min(Runtime.getRuntime().availableProcessors(), INSTANCES_MAX);
        return new GatewayConfig(
                "0.0.0.0", 8080, cores, List.of(), GatewayLimits.defaults(), null, null, null, "gateway");
    }

    public GatewayConfig withHost(String newHost) {
        return new GatewayConfig(
                newHost, port, instances, corsOrigins, limits, apiKeys, trace, modelRepository, nodeId);
    }

    public GatewayConfig withPort(int newPort) {
        return new GatewayConfig(
                host, newPort, instances, corsOrigins, limits, apiKeys, trace, modelRepository, nodeId);
    }

    public GatewayConfig withInstances(int newInstances) {
        return new GatewayConfig(
                host, port, newInstances, corsOrigins, limits, apiKeys, trace, modelRepository, nodeId);
    }

    public GatewayConfig withCorsOrigins(List<String> newOrigins) {
        return new GatewayConfig(host, port, instances, newOrigins, limits, apiKeys, trace, modelRepository, nodeId);
    }

    public GatewayConfig withLimits(GatewayLimits newLimits) {
        return new GatewayConfig(
                host, port, instances, corsOrigins, newLimits, apiKeys, trace, modelRepository, nodeId);
    }

    public GatewayConfig withTrace(TraceConfig newTrace) {
        return new GatewayConfig(
                host, port, instances, corsOrigins, limits, apiKeys, newTrace, modelRepository, nodeId);
    }

    public GatewayConfig withNodeId(String newNodeId) {
        return new GatewayConfig(
                host, port, instances, corsOrigins, limits, apiKeys, trace, modelRepository, newNodeId);
    }

    public GatewayConfig withApiKeys(Path newFile) {
        return new GatewayConfig(host, port, instances, corsOrigins, limits, newFile, trace, modelRepository, nodeId);
    }

    public GatewayConfig withModelRepository(Path newDirectory) {
        return new GatewayConfig(host, port, instances, corsOrigins, limits, apiKeys, trace, newDirectory, nodeId);
    }
}
