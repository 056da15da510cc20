package io.gondola.standalone.cluster;

import io.gondola.standalone.cluster.RoleProcess.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A cluster of real processes on this machine, at ports of its own. The demo model's tokenizer, and by default made-up
 * tokens in its place: they come at the pace of a large model, the same on every worker.
 */
final class RunningCluster implements AutoCloseable {

    static final String MODEL = "gondola-guide";

    private static final String HOST = "127.0.0.1";
    private static final Path MODEL_DIRECTORY = Path.of("..", "models", MODEL);

    private final Path logs;
    private final List<String> everywhere;
    private final List<Integer> schedulerPorts = new ArrayList<>();
    private final List<RoleProcess> started = new ArrayList<>();

    /**
     * @param logs a directory
     * @param schedulers how many there can be; each keeps its port over its lives
     * @param everywhere options of all processes
     */
    RunningCluster(Path logs, int schedulers, String... everywhere) throws IOException {
        this.logs = logs;
        this.everywhere = List.of(everywhere);
        schedulerPorts.addAll(freePorts(schedulers));
    }

    /** Ports that were free a moment ago, all different. */
    static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getByName(HOST)));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    /** Starts the n-th scheduler. */
    RoleProcess scheduler(int index, String... options) throws IOException {
        return start(
                Role.SCHEDULER,
                "scheduler-" + index,
                schedulerPorts.get(index),
                List.of("--management-port", "0"),
                options);
    }

    RoleProcess worker(String name, String... options) throws IOException {
        return start(
                Role.WORKER,
                name,
                0,
                List.of(
                        "--management-port",
                        "0",
                        "--engine",
                        "simulated",
                        "--slots",
                        "64",
                        "--model",
                        MODEL_DIRECTORY.toString()),
                options);
    }

    RoleProcess gateway(String name, int port, String... options) throws IOException {
        return start(
                Role.GATEWAY,
                name,
                0,
                List.of("--port", String.valueOf(port), "--model", MODEL_DIRECTORY.toString()),
                options);
    }

    private RoleProcess start(Role role, String name, int clusterPort, List<String> own, String... options)
            throws IOException {
        String members = schedulerPorts.stream().map(port -> HOST + ":" + port).collect(Collectors.joining(","));
        List<String> all = new ArrayList<>(List.of(
                "--cluster-members",
                members,
                "--cluster-port",
                String.valueOf(clusterPort),
                "--bus-port",
                "0",
                // Not the default: two test runs on one machine must not meet.
                "--cluster-name",
                "test-" + schedulerPorts.get(0)));
        all.addAll(everywhere);
        all.addAll(own);
        all.addAll(List.of(options));
        RoleProcess process = RoleProcess.start(role, name, logs.resolve(name + "-" + started.size() + ".log"), all);
        started.add(process);
        return process;
    }

    /** Everything that all processes said: what a failed test shows. */
    String said() throws IOException {
        StringBuilder said = new StringBuilder();
        for (RoleProcess process : started) {
            said.append("=== ").append(process.name()).append('\n').append(process.said());
        }
        return said.toString();
    }

    @Override
    public void close() throws InterruptedException {
        for (RoleProcess process : started) {
            process.close();
        }
    }
}
