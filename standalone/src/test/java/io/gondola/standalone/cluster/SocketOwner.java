package io.gondola.standalone.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Stream;

/** Which process has a TCP socket, as Linux tells it under /proc. */
final class SocketOwner {

    /** No process that was asked about. */
    static final long NOBODY = -1;

    private static final int LOCAL_COLUMN = 1;
    private static final int REMOTE_COLUMN = 2;
    private static final int INODE_COLUMN = 9;

    private SocketOwner() {}

    /** @param pids who may be it */
    static long pid(int localPort, int remotePort, Collection<Long> pids) {
        String inode = inode(localPort, remotePort);
        for (long pid : pids) {
            if (!inode.isEmpty() && has(pid, "socket:[" + inode + "]")) {
                return pid;
            }
        }
        return NOBODY;
    }

    private static String inode(int localPort, int remotePort) {
        String local = String.format(Locale.ROOT, ":%04X", localPort);
        String remote = String.format(Locale.ROOT, ":%04X", remotePort);
        for (String table : new String[] {"/proc/net/tcp", "/proc/net/tcp6"}) {
            try {
                for (String line : Files.readAllLines(Path.of(table))) {
                    String[] columns = line.strip().split("\\s+");
                    if (columns.length > INODE_COLUMN
                            && columns[LOCAL_COLUMN].endsWith(local)
                            && columns[REMOTE_COLUMN].endsWith(remote)) {
                        return columns[INODE_COLUMN];
                    }
                }
            } catch (IOException noTable) {
                // A machine without IPv6 has only one.
            }
        }
        return "";
    }

    private static boolean has(long pid, String socket) {
        try (Stream<Path> files = Files.list(Path.of("/proc", String.valueOf(pid), "fd"))) {
            return files.anyMatch(file -> leadsTo(file, socket));
        } catch (IOException gone) {
            return false;
        }
    }

    private static boolean leadsTo(Path file, String socket) {
        try {
            return Files.readSymbolicLink(file).toString().equals(socket);
        } catch (IOException closed) {
            return false;
        }
    }
}
