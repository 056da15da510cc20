package io.gondola.gateway.http;

import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The socket that all event loops of a gateway listen at, and the connections that it has accepted.
 *
 * <p>Vert.x takes the event loops away from a server that closes one by one, and the socket last: who connects meanwhile
 * is accepted and at once reset. So the socket is closed first here; it is known from the first connection on.
 */
public final class ListeningSocket {

    private final AtomicInteger open = new AtomicInteger();
    private volatile @Nullable Channel socket;
    private volatile boolean closing;

    /** Returns how many connections are open with this one. */
    int onOpened(Channel connection) {
        if (socket == null) {
            socket = connection.parent();
        }
        return open.incrementAndGet();
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
