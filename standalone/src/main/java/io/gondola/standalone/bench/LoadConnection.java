package io.gondola.standalone.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** One client connection: a request out, its answer in, and again. */
final class LoadConnection implements ResponseReader.Listener {

    private final int requestIndex;
    private final LoadRecord record;
    private final SocketChannel channel;
    private final ByteBuffer request;
    private final ResponseReader reader = new ResponseReader(this);
    private final EventReader events = new EventReader();
    private boolean isAnswered;
    private int pieces;
    private long lastPieceNanos;
    /** Written by whoever sends, read by whoever reads what that caused. */
    private volatile long dueNanos;

    private LoadConnection(int requestIndex, byte[] request, LoadRecord record, SocketChannel channel) {
        this.requestIndex = requestIndex;
        this.record = record;
        this.channel = channel;
        this.request = ByteBuffer.wrap(request);
    }

    static LoadConnection open(int port, int requestIndex, byte[] request, LoadRecord record, Selector selector)
            throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
        LoadConnection connection = new LoadConnection(requestIndex, request, record, channel);
        channel.register(selector, SelectionKey.OP_READ, connection);
        return connection;
    }

    /**
     * Sends its request; nothing may be open on it.
     *
     * @param newDueNanos when it should have been sent
     */
    void send(long newDueNanos) throws IOException {
        dueNanos = newDueNanos;
        request.rewind();
        while (request.hasRemaining()) {
            // A request is far smaller than a socket's buffer, which is empty here.
            channel.write(request);
        }
    }

    /**
     * Reads what is there.
     *
     * @param bytes for the time of this call
     * @return whether that ended an answer
     */
    boolean read(byte[] bytes, long nowNanos) throws IOException {
        int count = channel.read(ByteBuffer.wrap(bytes));
        if (count < 0) {
            throw new IOException("the server closed the connection");
        }
        record.onRead(count);
        isAnswered = false;
        int before = pieces;
        reader.feed(bytes, 0, count);
        if (pieces > before) {
            record.onPieces(before, pieces - before, dueNanos, lastPieceNanos, nowNanos);
            lastPieceNanos = nowNanos;
        }
        if (isAnswered) {
            pieces = 0;
            record.onLatency(dueNanos, nowNanos);
        }
        return isAnswered;
    }

    @Override
    public void onData(byte[] bytes, int from, int to) {
        pieces += events.onData(bytes, from, to);
    }

    @Override
    public void onEnd(int status) {
        isAnswered = true;
        events.onEnd();
        record.onAnswer(requestIndex, status, events);
        events.reset();
    }

    void close() {
        try {
            channel.close();
        } catch (IOException unimportant) {
            // It is gone either way.
        }
    }
}
