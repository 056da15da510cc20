package io.gondola.cluster;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries the event bus of every process that comes, and says where a certificate keeps the two apart. The bus itself would
 * lose messages without a word: who was refused learns of it behind a handshake that seemed to succeed (TLS 1.3).
 */
final class CertificateCheck {

    private static final Logger LOG = LoggerFactory.getLogger(CertificateCheck.class);
    /** Whoever is not refused within this time is believed. */
    private static final long VERDICT_MILLIS_MAX = 5_000;

    private static final long TRY_AGAIN_MILLIS = 500;
    private static final int TRIES_MAX = 20;

    private final Vertx vertx;
    private final ClusterMember self;
    private final NetClient client;
    /** Those who are there and were tried. */
    private final Set<String> tried = ConcurrentHashMap.newKeySet();

    /** @param config of an event bus that is encrypted */
    CertificateCheck(Vertx vertx, ClusterMember self, ClusterConfig config) {
        this.vertx = vertx;
        this.self = self;
        // As the event bus itself connects.
        client = vertx.createNetClient(
                new NetClientOptions(BusSetup.of(config).toJson()).setHostnameVerificationAlgorithm(""));
    }

    /** Nothing is exchanged within a role. */
    void onView(ClusterView view) {
        tried.retainAll(view.members().keySet());
        for (ClusterMember member : view.members().values()) {
            if (member.role() != self.role() && tried.add(member.nodeId())) {
                tryBus(member, TRIES_MAX);
            }
        }
    }

    private void tryBus(ClusterMember member, int tries) {
        client.connect(member.busPort(), member.busHost())
                .onSuccess(socket -> awaitVerdict(member, socket))
                .onFailure(failure -> {
                    SSLException refusal = tryRefusal(failure);
                    if (refusal != null) {
                        tell(member, "its certificate is not of the authority that this process believes", refusal);
                    } else if (tries > 1 && tried.contains(member.nodeId())) {
                        // It is in the cluster a moment before its bus listens.
                        vertx.setTimer(TRY_AGAIN_MILLIS, again -> tryBus(member, tries - 1));
                    }
                });
    }

    private void awaitVerdict(ClusterMember member, NetSocket socket) {
        long timer = vertx.setTimer(VERDICT_MILLIS_MAX, late -> socket.close());
        socket.exceptionHandler(failure -> {
            SSLException refusal = tryRefusal(failure);
            if (refusal != null) {
                tell(member, "it does not believe this process's certificate", refusal);
            }
        });
        socket.closeHandler(closed -> vertx.cancelTimer(timer));
    }

    private static void tell(ClusterMember member, String what, SSLException refusal) {
        LOG.warn("Nothing is exchanged with {}: {} ({})", member.nodeId(), what, refusal.getMessage());
    }

    /** The innermost one says the most. */
    private static @Nullable SSLException tryRefusal(Throwable failure) {
        SSLException refusal = null;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            refusal = cause instanceof SSLException inner ? inner : refusal;
        }
        return refusal;
    }
}
