package io.gondola.cluster;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.transport.Transport;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The sockets of Vert.x as they are, but that a {@link FrameGuard} stands before the event bus: the bus has no limit of its
 * own, and this is the only place where Vert.x lets one in. Not for a bus over TLS, where only ours come so far.
 */
final class GuardedBus implements Transport {

    private final int busPort;
    private final FrameGuard.Limits limits;
    private final Counter refused;
    private final AtomicLong heldBytes = new AtomicLong();

    GuardedBus(int busPort, FrameGuard.Limits limits, MeterRegistry registry) {
        this.busPort = busPort;
        this.limits = limits;
        refused = Counter.builder("gondola.bus.refused.frames")
                .description("Connections to the event bus closed because they announced too large a message, or none")
                .register(registry);
    }

    @Override
    public String name() {
        return NIO.name();
    }

    @Override
    public boolean available() {
        return true;
    }

    @Override
    public Throwable unavailabilityCause() {
        return NIO.unavailabilityCause();
    }

    @Override
    public io.vertx.core.spi.transport.Transport implementation() {
        return new Sockets(NIO.implementation());
    }

    private final class Sockets implements io.vertx.core.spi.transport.Transport {

        private final io.vertx.core.spi.transport.Transport plain;

        Sockets(io.vertx.core.spi.transport.Transport plain) {
            this.plain = plain;
        }

        @Override
        public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
            plain.configure(options, domainSocket, bootstrap);
            if (options.getPort() == busPort) {
                bootstrap.childHandler(behindAGuard(bootstrap.config().childHandler()));
            }
        }

        private ChannelHandler behindAGuard(ChannelHandler bus) {
            return new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new FrameGuard(limits, heldBytes, refused), bus);
                }
            };
        }

        @Override
        public IoHandlerFactory ioHandlerFactory() {
            return plain.ioHandlerFactory();
        }

        @Override
        public DatagramChannel datagramChannel() {
            return plain.datagramChannel();
        }

        @Override
        public DatagramChannel datagramChannel(InternetProtocolFamily family) {
            return plain.datagramChannel(family);
        }

        @Override
        public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
            return plain.channelFactory(domainSocket);
        }

        @Override
        public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
            return plain.serverChannelFactory(domainSocket);
        }
    }
}
