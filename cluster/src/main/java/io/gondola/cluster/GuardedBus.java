package io.gondola.cluster;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.transport.Transport;
import java.net.SocketAddress;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The sockets of Vert.x as they are, but that a {@link FrameGuard} stands before the event bus: the bus has no limit of its
 * own, and this is the only place where Vert.x lets one in. Not for a bus over TLS, where only ours come so far.
 */
final class GuardedBus implements Transport {

    private final Transport sockets;
    private final int busPort;
    private final FrameGuard.Limits limits;
    private final Counter refused;
    private final AtomicLong heldBytes = new AtomicLong();

    GuardedBus(int busPort, FrameGuard.Limits limits, MeterRegistry registry) {
        Transport ofLinux = Transport.nativeTransport();
        sockets = ofLinux != null && ofLinux.available() ? ofLinux : NIO;
        this.busPort = busPort;
        this.limits = limits;
        refused = Counter.builder("gondola.bus.refused.frames")
                .description("Connections to the event bus closed because they announced too large a message, or none")
                .register(registry);
    }

    @Override
    public String name() {
        return sockets.name();
    }

    @Override
    public boolean available() {
        return true;
    }

    @Override
    public Throwable unavailabilityCause() {
        return sockets.unavailabilityCause();
    }

    @Override
    public io.vertx.core.spi.transport.Transport implementation() {
        return new Guarded(sockets.implementation());
    }

    private final class Guarded implements io.vertx.core.spi.transport.Transport {

        private final io.vertx.core.spi.transport.Transport plain;

        Guarded(io.vertx.core.spi.transport.Transport plain) {
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
        public boolean supportsDomainSockets() {
            return plain.supportsDomainSockets();
        }

        @Override
        public boolean supportFileRegion() {
            return plain.supportFileRegion();
        }

        @Override
        public SocketAddress convert(io.vertx.core.net.SocketAddress address) {
            return plain.convert(address);
        }

        @Override
        public io.vertx.core.net.SocketAddress convert(SocketAddress address) {
            return plain.convert(address);
        }

        @Override
        public EventLoopGroup eventLoopGroup(int type, int threads, ThreadFactory threadFactory, int ioRatio) {
            return plain.eventLoopGroup(type, threads, threadFactory, ioRatio);
        }

        @Override
        public void configure(DatagramChannel channel, DatagramSocketOptions options) {
            plain.configure(channel, options);
        }

        @Override
        public void configure(
                ClientOptionsBase options, int connectTimeout, boolean domainSocket, Bootstrap bootstrap) {
            plain.configure(options, connectTimeout, domainSocket, bootstrap);
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
