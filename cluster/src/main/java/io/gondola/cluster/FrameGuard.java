package io.gondola.cluster;

import io.gondola.launch.logging.RareWarning;
import io.micrometer.core.instrument.Counter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.LoggerFactory;

/**
 * Stands before the event bus on a connection that comes in, and counts what of a message has come: four bytes of length,
 * then the message, as Vert.x frames them. The bus would collect whatever length is announced. A connection that announces
 * too much, or by which all together hold too much, is closed: a peer of ours makes a new one.
 */
final class FrameGuard extends ChannelInboundHandlerAdapter {

    private static final RareWarning WARNING = new RareWarning(LoggerFactory.getLogger(FrameGuard.class));
    private static final int LENGTH_BYTES = 4;
    private static final int BYTE_BITS = 8;
    private static final int BYTE_MASK = 0xFF;

    private final Limits limits;
    private final AtomicLong heldBytes;
    private final Counter refused;
    private int length;
    private int lengthBytes;
    private int bytesToCome;
    private int bytesHere;
    private boolean isRefused;

    /**
     * How much may be held of messages that are not whole.
     *
     * @param frameBytesMax of one
     * @param heldBytesMax of those of all connections
     */
    record Limits(int frameBytesMax, long heldBytesMax) {

        private static final int FRAME_BYTES_MAX = 256 * 1024 * 1024;
        private static final int FRAME_SHARE = 4;
        private static final int HELD_SHARE = 2;

        /** More than any message of ours has, and no more than fits beside everything else. */
        static Limits ofHeap(long heapBytesMax) {
            return new Limits((int) Math.min(FRAME_BYTES_MAX, heapBytesMax / FRAME_SHARE), heapBytesMax / HELD_SHARE);
        }
    }

    /**
     * @param heldBytes of all connections
     * @param refused counts closed ones
     */
    FrameGuard(Limits limits, AtomicLong heldBytes, Counter refused) {
        this.limits = limits;
        this.heldBytes = heldBytes;
        this.refused = refused;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf bytes) || (!isRefused && tryCount(bytes))) {
            context.fireChannelRead(message);
            return;
        }
        ReferenceCountUtil.release(message);
        if (isRefused) {
            return;
        }
        isRefused = true;
        refused.increment();
        WARNING.say(
                "A message of {} bytes from {} is not taken: {} at most, and {} of all that are not whole",
                Integer.toUnsignedString(length),
                context.channel().remoteAddress(),
                limits.frameBytesMax(),
                limits.heldBytesMax());
        context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        heldBytes.addAndGet(-bytesHere);
        bytesHere = 0;
        context.fireChannelInactive();
    }

    /** False when a length is none, or too much is held. */
    private boolean tryCount(ByteBuf bytes) {
        int before = bytesHere;
        int at = bytes.readerIndex();
        while (at < bytes.writerIndex()) {
            if (bytesToCome > 0) {
                int part = Math.min(bytesToCome, bytes.writerIndex() - at);
                at += part;
                bytesToCome -= part;
                bytesHere = bytesToCome == 0 ? 0 : bytesHere + part;
            } else {
                length = length << BYTE_BITS | bytes.getByte(at++) & BYTE_MASK;
                lengthBytes++;
                if (lengthBytes == LENGTH_BYTES && (length <= 0 || length > limits.frameBytesMax())) {
                    heldBytes.addAndGet(bytesHere - before);
                    return false;
                }
                bytesToCome = lengthBytes == LENGTH_BYTES ? length : 0;
                lengthBytes %= LENGTH_BYTES;
            }
        }
        return heldBytes.addAndGet(bytesHere - before) <= limits.heldBytesMax() || bytesHere == 0;
    }
}
