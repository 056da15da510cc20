package io.gondola.gateway.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The socket that all event loops of a gateway listen at, and the connections that it has accepted.
 *
 * <p>Vert.x takes the event loops away from a server that closes one by one, and the socket last: who connects meanwhile
 * is accepted and at once reset. So the socket is closed first here; it is known from the first connection on.
 *
 * <p>A connection that has sent nothing yet is unknown to Vert.x's HTTP server, which would wait for it until the end of its
 * grace. Those that were accepted since the socket is known are remembered until they speak, and closed a little after it.
 */
public final class ListeningSocket {

    private final AtomicInteger open = new AtomicInteger();
    private final Set<Channel> silent = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Channel socket;
    private volatile boolean closing;

    /** It has sent its first bytes. Returns how many connections are open with this one. */
    int onOpened(Channel connection) {
        if (socket == null) {
            know(connection.parent());
        }
        silent.remove(connection);
        return open.incrementAndGet();
    }

    private synchronized void know(Channel listening) {
        if (socket == null) {
            socket = listening;
            listening.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext context, Object accepted) {
                    if (accepted instanceof Channel connection) {
                        silent.add(connection);
                        connection.closeFuture().addListener(closed -> silent.remove(connection));
                    }
                    context.fireChannelRead(accepted);
                }
            });
        }
    }

    void onClosed() {
        open.decrementAndGet();
    }

    /** It will be closed: clients are told so with each answer, and that they cannot keep their connections. */
    public void announceClose() {
        closing = true;
    }

    /** Whether it will be, or is, closed. */
    public boolean isClosing() {
        return closing;
    }

    /** Closes those that have still sent nothing. */
    public void closeSilent() {
        silent.forEach(Channel::close);
    }

    /** Accepts nothing more. On the context; what was accepted before is then on its event loop. */
    public Future<Void> close(Context context) {
        announceClose();
        Channel listening = socket;
        if (listening == null) {
            return Future.succeededFuture();
        }
        Promise<Void> closed = Promise.promise();
        listening.close().addListener(done -> context.runOnContext(nothing -> closed.complete()));
        return closed.future();
    }
}
