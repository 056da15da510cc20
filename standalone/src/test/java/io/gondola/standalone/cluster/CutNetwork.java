package io.gondola.standalone.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The network between the processes of a cluster, which can be cut in two and mended. Every process listens at
 * 127.0.0.1 and tells the others that it is at {@link #HOST}, where this stands at the same port and carries bytes; who is
 * at the other end of a connection it finds out from the operating system. Linux only.
 */
final class CutNetwork implements AutoCloseable {

    /** Where all processes are, as the others see it. */
    static final String HOST = "127.0.0.2";

    private static final String REAL_HOST = "127.0.0.1";
    private static final int CHUNK_BYTES = 1 << 16;
    private static final int BACKLOG = 50;

    /** How a cut shows to those who are cut off. */
    enum Manner {
        /** Nothing comes any more; what was sent comes late, when the network is whole again, as TCP does it. */
        SILENT,
        /** Connections break, and new ones too. */
        BREAKING
    }

    private record Cut(Set<Long> oneSide, Manner manner) {}

    private final Map<Integer, Long> pidByPort = new ConcurrentHashMap<>();
    private final Set<ServerSocket> servers = ConcurrentHashMap.newKeySet();
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private @Nullable Cut cut;
    private boolean isClosed;

    /** Carries what goes to these ports. To be told before anybody connects to them. */
    void open(int... ports) throws IOException {
        for (int port : ports) {
            ServerSocket server = new ServerSocket(port, BACKLOG, InetAddress.getByName(HOST));
            servers.add(server);
            daemon("network-" + port, () -> accept(server, port));
        }
    }

    /** Says whose ports these are now. */
    void plug(RoleProcess process, int... ports) {
        for (int port : ports) {
            pidByPort.put(port, process.pid());
        }
    }

    /** Cuts these off from all others. */
    synchronized void cut(Set<RoleProcess> oneSide, Manner manner) {
        cut = new Cut(oneSide.stream().map(RoleProcess::pid).collect(Collectors.toSet()), manner);
        if (manner == Manner.BREAKING) {
            links.stream().filter(this::isCut).forEach(Link::close);
        }
    }

    /** The network is whole again. */
    synchronized void mend() {
        cut = null;
        notifyAll();
    }

    @Override
    public void close() throws IOException {
        synchronized (this) {
            isClosed = true;
            notifyAll();
        }
        for (ServerSocket server : servers) {
            server.close();
        }
        links.forEach(Link::close);
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept(ServerSocket server, int port) {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                daemon("network-link-" + port, () -> connect(client, port));
            } catch (IOException closed) {
                // The loop ends with the socket.
            }
        }
    }

    private void connect(Socket client, int port) {
        long from = SocketOwner.pid(client.getPort(), port, pidByPort.values());
        Link link = new Link(client, from, port);
        links.add(link);
        try {
            link.awaitWhole();
            Socket target = new Socket(REAL_HOST, port);
            link.target = target;
            daemon("network-back-" + port, () -> link.carry(target, client));
            link.carry(client, target);
        } catch (IOException refused) {
            link.close();
        }
    }

    private synchronized boolean isCut(Link link) {
        Long to = pidByPort.get(link.port);
        return cut != null && to != null && cut.oneSide.contains(link.from) != cut.oneSide.contains(to);
    }

    /** One connection between two processes. */
    private final class Link {

        private final Socket client;
        private final long from;
        private final int port;
        private volatile @Nullable Socket target;

        Link(Socket client, long from, int port) {
            this.client = client;
            this.from = from;
            this.port = port;
        }

        /** Returns when bytes may pass. */
        void awaitWhole() throws IOException {
            synchronized (CutNetwork.this) {
                while (isCut(this) && !isClosed) {
                    if (cut != null && cut.manner == Manner.BREAKING) {
                        throw new IOException("cut");
                    }
                    try {
                        CutNetwork.this.wait();
                    } catch (InterruptedException interrupted) {
                        throw new IOException(interrupted);
                    }
                }
            }
        }

        void carry(Socket source, Socket sink) {
            byte[] chunk = new byte[CHUNK_BYTES];
            try {
                InputStream in = source.getInputStream();
                OutputStream out = sink.getOutputStream();
                int count = in.read(chunk);
                while (count >= 0) {
                    awaitWhole();
                    out.write(chunk, 0, count);
                    count = in.read(chunk);
                }
                awaitWhole();
            } catch (IOException broken) {
                // One end is gone, so the other goes too.
            } finally {
                close();
            }
        }

        void close() {
            links.remove(this);
            closeQuietly(client);
            closeQuietly(target);
        }

        private static void closeQuietly(@Nullable Socket socket) {
            try {
                if (socket != null) {
                    socket.close();
                }
            } catch (IOException broken) {
                // It is gone either way.
            }
        }
    }
}
