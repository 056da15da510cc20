package io.gondola.cluster;

import com.hazelcast.cluster.Address;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which of many addresses have somebody who listens: all are tried at once, so the dead cost no more than one. */
final class Listeners {

    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
    /** Who does not take a connection within this time is not there; he is tried again in the next round. */
    static final long CONNECT_MILLIS_MAX = 500;
    /** Tried in one round. */
    static final int TRIED_MAX = 1_024;

    private Listeners() {}

    /** Blocks, for {@link #CONNECT_MILLIS_MAX} at most. In the order they came in. */
    static Collection<Address> among(Collection<Address> addresses) {
        if (addresses.isEmpty()) {
            return addresses;
        }
        List<Address> tried = tried(addresses);
        List<Address> listening = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (Address address : tried) {
                connect(address, selector, listening);
            }
            await(selector, listening);
        } catch (IOException failure) {
            LOG.warn("Whether anybody listens at {} cannot be tried: {}", addresses, failure.toString());
        }
        return tried.stream().filter(listening::contains).toList();
    }

    /** Others in each round, where there are too many. */
    private static List<Address> tried(Collection<Address> addresses) {
        List<Address> all = new ArrayList<>(addresses);
        if (all.size() <= TRIED_MAX) {
            return all;
        }
        Collections.shuffle(all);
        return all.subList(0, TRIED_MAX);
    }

    private static void connect(Address address, Selector selector, List<Address> listening) throws IOException {
        SocketChannel channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            if (channel.connect(address.getInetSocketAddress())) {
                listening.add(address);
                channel.close();
            } else {
                channel.register(selector, SelectionKey.OP_CONNECT, address);
            }
        } catch (UnknownHostException | RuntimeException | java.net.SocketException nobody) {
            channel.close();
        }
    }

    private static void await(Selector selector, List<Address> listening) throws IOException {
        long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CONNECT_MILLIS_MAX);
        try {
            for (long leftNanos = endNanos - System.nanoTime();
                    leftNanos > 0 && !selector.keys().isEmpty();
                    leftNanos = endNanos - System.nanoTime()) {
                selector.select(key -> onReady(key, listening), Math.max(1, TimeUnit.NANOSECONDS.toMillis(leftNanos)));
                // Forgets those that are closed.
                selector.selectNow(key -> onReady(key, listening));
            }
        } finally {
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
        }
    }

    private static void onReady(SelectionKey key, List<Address> listening) {
        try (SocketChannel channel = (SocketChannel) key.channel()) {
            if (channel.finishConnect()) {
                listening.add((Address) key.attachment());
            }
        } catch (IOException refused) {
            LOG.trace("nobody listens at {}", key.attachment(), refused);
        }
    }
}
