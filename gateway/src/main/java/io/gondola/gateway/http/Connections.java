package io.gondola.gateway.http;

import io.gondola.gateway.limits.GatewayLimits;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The client connections of one event loop: how many there may be, and how long one without an open request is kept.
 *
 * <p>Vert.x's own idle timeout closes connections on which no bytes move, so also one whose client waits for a long
 * answer that is not streamed. It serves here only until a connection has sent its first bytes.
 */
final class Connections {

    /** How often a paused connection is looked at; see {@link #readAhead}. */
    static final int READS_AHEAD_MAX = 64;

    private static final String VERTX_IDLE_HANDLER = "idle";

    private final GatewayLimits limits;
    private final ListeningSocket socket;
    private final LongSupplier nanoClock;
    private final Map<HttpConnection, State> states = new HashMap<>();

    private static final class State {
        int requestsOpen;
        int readsAhead;
        long idleSinceNanos;
    }

    /** @param socket where they were accepted */
    Connections(GatewayLimits limits, ListeningSocket socket, LongSupplier nanoClock) {
        this.limits = limits;
        this.socket = socket;
        this.nanoClock = nanoClock;
    }

    void onConnection(HttpConnection connection) {
        Channel channel = channelOf(connection);
        int openOfAll = socket.onOpened(channel);
        State state = new State();
        state.idleSinceNanos = nanoClock.getAsLong();
        states.put(connection, state);
        connection.closeHandler(nothing -> {
            socket.onClosed();
            states.remove(connection);
        });
        if (openOfAll > limits.connectionsMax()) {
            connection.close();
            return;
        }
        ChannelPipeline pipeline = channel.pipeline();
        if (pipeline.get(VERTX_IDLE_HANDLER) != null) {
            pipeline.remove(VERTX_IDLE_HANDLER);
        }
    }

    /** A request begins; it ends with its response, or with its connection. */
    void onRequest(HttpServerRequest request) {
        State state = states.get(request.connection());
        if (state != null) {
            state.requestsOpen++;
            request.response().endHandler(nothing -> {
                state.requestsOpen--;
                state.readsAhead = 0;
                state.idleSinceNanos = nanoClock.getAsLong();
            });
        }
    }

    /** Closes those that are idle for too long. */
    void onTick(long nowNanos) {
        long idleNanos = TimeUnit.MILLISECONDS.toNanos(limits.idleMillis());
        List<HttpConnection> idle = new ArrayList<>();
        states.forEach((connection, state) -> {
            if (state.requestsOpen > 0) {
                readAhead(connection, state);
            } else if (nowNanos - state.idleSinceNanos >= idleNanos) {
                idle.add(connection);
            }
        });
        idle.forEach(HttpConnection::close);
    }

    /**
     * A client that has sent several more requests behind an open one is not read on (Vert.x pauses the connection), so
     * its leaving would not be seen: a little is read each time, until it is clear that it sends too much.
     */
    private static void readAhead(HttpConnection connection, State state) {
        Channel channel = channelOf(connection);
        if (!channel.config().isAutoRead() && state.readsAhead < READS_AHEAD_MAX) {
            state.readsAhead++;
            channel.read();
        }
    }

    private static Channel channelOf(HttpConnection connection) {
        return ((HttpServerConnection) connection).channelHandlerContext().channel();
    }
}
