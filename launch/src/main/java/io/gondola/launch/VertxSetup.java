package io.gondola.launch;

import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsOptions;

/** The event loops as every command has them. */
public final class VertxSetup {

    private VertxSetup() {}

    public static VertxOptions options() {
        return new VertxOptions()
                .setPreferNativeTransport(true)
                // Nothing is served from the class path, so nothing needs a cache directory on disk.
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false))
                .setMetricsOptions(new MicrometerMetricsOptions()
                        .setEnabled(true)
                        .setJvmMetricsEnabled(true)
                        // Its meters are one a gateway and worker id, and each message would pay for them.
                        .addDisabledMetricsCategory(MetricsDomain.EVENT_BUS)
                        // A request would pay for looking up a dozen of them; the gateway counts requests itself.
                        .addDisabledMetricsCategory(MetricsDomain.HTTP_SERVER)
                        .addDisabledMetricsCategory(MetricsDomain.NET_SERVER)
                        .addDisabledMetricsCategory(MetricsDomain.NET_CLIENT));
    }
}
