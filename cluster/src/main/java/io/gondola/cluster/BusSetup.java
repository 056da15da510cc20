package io.gondola.cluster;

import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;

/** The event bus between processes: where it listens, whom it believes, and how soon it gives a silent peer up. */
final class BusSetup {

    /** A connection that is not made in so long is not made; what waited for it is lost, and said again by who needs it. */
    static final int CONNECT_MILLIS_MAX = 1_000;
    /** How often a connection is tried, and how long the answer may take: bounds what waits for a peer that hangs. */
    static final long PING_MILLIS = 1_000;

    static final long PONG_MILLIS_MAX = 3_000;

    private BusSetup() {}

    static EventBusOptions of(ClusterConfig config) {
        EventBusOptions options = new EventBusOptions()
                .setHost(config.host())
                .setPort(config.busPort())
                .setClusterPublicHost(config.publicHost())
                .setClusterPublicPort(config.busPort())
                .setClusterPingInterval(PING_MILLIS)
                .setClusterPingReplyInterval(PONG_MILLIS_MAX)
                .setConnectTimeout(CONNECT_MILLIS_MAX)
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true);
        ClusterConfig.BusTls tls = config.tls();
        if (tls != null) {
            options.setSsl(true)
                    .setKeyCertOptions(new PemKeyCertOptions()
                            .addCertPath(tls.certificate())
                            .addKeyPath(tls.key()))
                    .setTrustOptions(new PemTrustOptions().addCertPath(tls.authority()))
                    // The default of the bus believes whoever answers.
                    .setTrustAll(false)
                    .setClientAuth(ClientAuth.REQUIRED);
        }
        return options;
    }

    /** Bytes only: no message is ever read as a Java object, whoever sent it. */
    static void refuseObjects(EventBus bus) {
        bus.serializableChecker(className -> false);
        bus.clusterSerializableChecker(className -> false);
    }
}
