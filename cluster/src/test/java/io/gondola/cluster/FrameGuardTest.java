package io.gondola.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is let through to the bus, and what is held at once. */
class FrameGuardTest {

    private static final long SEED = 20_261_124;
    private static final int FRAME_BYTES_MAX = 1_000;
    private static final int HELD_BYTES_MAX = 1_500;

    private final AtomicLong heldBytes = new AtomicLong();
    private final Counter refused = new SimpleMeterRegistry().counter("refused");

    private EmbeddedChannel channel() {
        return new EmbeddedChannel(
                new FrameGuard(new FrameGuard.Limits(FRAME_BYTES_MAX, HELD_BYTES_MAX), heldBytes, refused));
    }

    private static ByteBuf announcing(int length) {
        return Unpooled.buffer().writeInt(length);
    }

    private static ByteBuf bytes(int count) {
        return Unpooled.buffer().writeZero(count);
    }

    @Test
    void messagesPassHoweverTheyAreCutApart() {
        ByteBuf all = Unpooled.buffer();
        Random random = new Random(SEED);
        for (int i = 0; i < 1_000; i++) {
            byte[] message = new byte[1 + random.nextInt(FRAME_BYTES_MAX)];
            random.nextBytes(message);
            all.writeInt(message.length).writeBytes(message);
        }
        EmbeddedChannel channel = channel();
        ByteBuf through = Unpooled.buffer();
        for (int at = 0; at < all.readableBytes(); ) {
            int part = Math.min(all.readableBytes() - at, 1 + random.nextInt(3 * FRAME_BYTES_MAX));
            channel.writeInbound(all.copy(at, part));
            through.writeBytes(channel.<ByteBuf>readInbound());
            at += part;
        }
        assertThat(through).as("seed " + SEED).isEqualTo(all);
        assertThat(heldBytes).hasValue(0);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void whoAnnouncesTooMuchOrNothingIsThrownOut() {
        for (int length : new int[] {FRAME_BYTES_MAX + 1, Integer.MAX_VALUE, 0, -1, Integer.MIN_VALUE}) {
            EmbeddedChannel channel = channel();
            channel.writeInbound(announcing(length));
            assertThat(channel.isOpen()).as("length " + length).isFalse();
            assertThat(channel.<Object>readInbound()).isNull();
        }
        assertThat(refused.count()).isEqualTo(5);
    }

    @Test
    void lengthsThatComeByteByByteAreReadToo() {
        EmbeddedChannel channel = channel();
        for (byte part : new byte[] {0x7F, -1, -1}) {
            channel.writeInbound(Unpooled.buffer().writeByte(part));
        }
        assertThat(channel.isOpen()).isTrue();
        channel.writeInbound(Unpooled.buffer().writeByte(-1));
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void manyUnfinishedMessagesTogetherHoldNoMoreThanIsAllowed() {
        EmbeddedChannel first = channel();
        EmbeddedChannel second = channel();
        first.writeInbound(announcing(FRAME_BYTES_MAX), bytes(800));
        second.writeInbound(announcing(FRAME_BYTES_MAX), bytes(700));
        assertThat(heldBytes).hasValue(HELD_BYTES_MAX);
        EmbeddedChannel third = channel();
        third.writeInbound(announcing(2));
        third.writeInbound(bytes(1));
        assertThat(third.isOpen()).as("no byte more").isFalse();
        assertThat(heldBytes).as("what it held is given back").hasValue(HELD_BYTES_MAX);
        EmbeddedChannel fourth = channel();
        fourth.writeInbound(announcing(20).writeZero(20));
        assertThat(fourth.isOpen()).as("a whole message is not held").isTrue();
        first.close();
        assertThat(heldBytes).as("what a closed connection had is given back").hasValue(700);
        second.writeInbound(bytes(300));
        assertThat(heldBytes).as("whole, and with the bus").hasValue(0);
        assertThat(second.isOpen()).isTrue();
    }

    @Test
    void theLimitsFollowTheHeap() {
        assertThat(FrameGuard.Limits.ofHeap(512L << 20)).isEqualTo(new FrameGuard.Limits(128 << 20, 256L << 20));
        assertThat(FrameGuard.Limits.ofHeap(64L << 30)).isEqualTo(new FrameGuard.Limits(256 << 20, 32L << 30));
    }
}
