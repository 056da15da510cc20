package io.gondola.launch;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port for whoever has to tell others of it before it is bound, or has to bind it again.
 *
 * <p>It lies below the ports that Linux gives to connections and to whoever asks for any: of those somebody may take one
 * meanwhile. A UDP socket of the same number, open as long as this process, keeps others from picking it here too.
 */
public final class FreePort {

    private static final int PORT_MIN = 20_000;
    private static final int PORT_MAX = 32_000;
    private static final int TRIES_MAX = 64;
    private static final int KEPT_MAX = 256;

    private static final Deque<DatagramSocket> KEPT = new ArrayDeque<>();

    private FreePort() {}

    /**
     * Picks a port at which nobody listens.
     *
     * @param host at which address of this machine
     * @throws IOException where this address has none, or is none of this machine
     */
    public static int pick(String host) throws IOException {
        InetAddress address = InetAddress.getByName(host);
        IOException taken = new IOException("no port");
        for (int i = 0; i < TRIES_MAX; i++) {
            int candidate = ThreadLocalRandom.current().nextInt(PORT_MIN, PORT_MAX + 1);
            try {
                keep(new DatagramSocket(candidate, address));
                try (ServerSocket free = new ServerSocket()) {
                    free.bind(new InetSocketAddress(address, candidate));
                }
                return candidate;
            } catch (IOException failure) {
                taken = failure;
            }
        }
        throw taken;
    }

    private static void keep(DatagramSocket socket) {
        synchronized (KEPT) {
            KEPT.addLast(socket);
            if (KEPT.size() > KEPT_MAX) {
                KEPT.removeFirst().close();
            }
        }
    }
}
