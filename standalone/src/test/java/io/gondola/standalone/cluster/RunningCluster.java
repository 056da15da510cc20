package io.gondola.standalone.cluster;

import io.gondola.launch.FreePort;
import io.gondola.standalone.cluster.RoleProcess.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

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
    private final List<Integer> schedulerPorts;
    private final List<RoleProcess> started = new ArrayList<>();
    private RoleProcess.Starter starter = RoleProcess::built;
    private Path modelDirectory = MODEL_DIRECTORY;
    private List<String> engine = List.of("--engine", "simulated", "--slots", "64");
    private @Nullable CutNetwork network;

    /**
     * @param logs a directory
     * @param schedulers how many there can be; each keeps its port over its lives
     * @param everywhere options of all processes
     */
    RunningCluster(Path logs, int schedulers, String... everywhere) throws IOException {
        this.logs = logs;
        this.everywhere = List.of(everywhere);
        this.schedulerPorts = freePorts(schedulers);
    }

    /** All that processes say to each other goes this way. To be said before the first is started. */
    RunningCluster withNetwork(CutNetwork through) throws IOException {
        network = through;
        for (int port : schedulerPorts) {
            through.open(port);
        }
        return this;
    }

    /** What workers compute, instead of making it up; served under the same name. */
    RunningCluster withModel(Path directory, String... workerOptions) {
        modelDirectory = directory;
        engine = List.of(workerOptions);
        return this;
    }

    RunningCluster withStarter(RoleProcess.Starter how) {
        starter = how;
        return this;
    }

    int schedulersMax() {
        return schedulerPorts.size();
    }

    /** Ports at which nobody listens, all different. */
    static List<Integer> freePorts(int count) throws IOException {
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ports.add(FreePort.pick(HOST));
        }
        return ports;
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
        List<String> own = new ArrayList<>(List.of("--management-port", "0", "--model", MODEL + "=" + modelDirectory));
        own.addAll(engine);
        return start(Role.WORKER, name, 0, own, options);
    }

    RoleProcess gateway(String name, int port, String... options) throws IOException {
        List<String> own = List.of("--port", String.valueOf(port), "--model", MODEL + "=" + modelDirectory);
        return start(Role.GATEWAY, name, 0, own, options);
    }

    private RoleProcess start(Role role, String name, int fixedPort, List<String> own, String... options)
            throws IOException {
        List<Integer> free = network == null ? List.of(0, 0) : freePorts(2);
        int clusterPort = fixedPort == 0 ? free.get(0) : fixedPort;
        int busPort = free.get(1);
        String host = network == null ? HOST : CutNetwork.HOST;
        List<String> all = new ArrayList<>(List.of(
                "--cluster-members",
                schedulerPorts.stream().map(port -> host + ":" + port).collect(Collectors.joining(",")),
                "--cluster-public-host",
                host,
                "--cluster-port",
                String.valueOf(clusterPort),
                "--bus-port",
                String.valueOf(busPort),
                // Not the default: two test runs on one machine must not meet.
                "--cluster-name",
                "test-" + schedulerPorts.get(0)));
        all.addAll(everywhere);
        all.addAll(own);
        all.addAll(List.of(options));
        if (network != null) {
            network.open(busPort);
            if (fixedPort == 0) {
                network.open(clusterPort);
            }
        }
        Path log = logs.resolve(name + "-" + started.size() + ".log");
        RoleProcess process = RoleProcess.start(starter, role, name, log, all);
        started.add(process);
        if (network != null) {
            network.plug(process, clusterPort, busPort);
        }
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
