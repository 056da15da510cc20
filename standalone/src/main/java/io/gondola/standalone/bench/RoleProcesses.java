package io.gondola.standalone.bench;

import io.gondola.launch.Command;
import io.gondola.launch.FreePort;
import io.gondola.launch.Setting;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A cluster as it is measured: a gateway, a scheduler and a worker, each a process that {@code ./gondola} starts. */
final class RoleProcesses implements MeasuredServer {

    private static final String HOST = "127.0.0.1";
    private static final Pattern READY = Pattern.compile("is (?:ready|loaded): (http://\\S+)");
    private static final int READY_LINES_MAX = 1_000;
    private static final long END_SECONDS_MAX = 20;

    private final Map<Command, Process> processes = new LinkedHashMap<>();
    private int port;

    private RoleProcesses() {}

    /** @param slots sequences aboard at once */
    static RoleProcesses start(Path model, int slots) throws IOException {
        RoleProcesses roles = new RoleProcesses();
        try {
            int schedulerPort = FreePort.pick(HOST);
            List<String> joining = clusterOptions(schedulerPort, 0);
            List<String> served = List.of(Setting.MODEL.option(), BenchServer.MODEL + "=" + model.toAbsolutePath());
            roles.start(
                    Command.SCHEDULER,
                    clusterOptions(schedulerPort, schedulerPort),
                    List.of(Setting.MANAGEMENT_PORT.option(), "0"));
            List<String> worker = new ArrayList<>(served);
            worker.addAll(List.of(
                    Setting.MANAGEMENT_PORT.option(),
                    "0",
                    Setting.ENGINE.option(),
                    "simulated",
                    Setting.SIMULATED_STEP.option(),
                    "0",
                    Setting.SLOTS.option(),
                    String.valueOf(slots)));
            roles.start(Command.WORKER, joining, worker);
            List<String> gateway = new ArrayList<>(served);
            gateway.addAll(List.of(Setting.PORT.option(), "0", Setting.SHUTDOWN_DELAY.option(), "0.001"));
            roles.port = roles.start(Command.GATEWAY, joining, gateway).getPort();
            return roles;
        } catch (IOException | RuntimeException failure) {
            roles.close();
            throw failure;
        }
    }

    /** @param clusterPort of this process; 0 where nobody has to find it */
    private static List<String> clusterOptions(int schedulerPort, int clusterPort) {
        return List.of(
                Setting.CLUSTER_PORT.option(),
                String.valueOf(clusterPort),
                Setting.CLUSTER_MEMBERS.option(),
                HOST + ":" + schedulerPort,
                Setting.CLUSTER_NAME.option(),
                "bench-" + schedulerPort,
                Setting.BUS_PORT.option(),
                "0",
                Setting.LOG_LEVEL.option(),
                "error");
    }

    /** Returns where it listens once it says so. */
    private URI start(Command role, List<String> cluster, List<String> own) throws IOException {
        Path launcher = Path.of(System.getProperty("gondola.home", "")).resolve("gondola");
        if (!Files.isExecutable(launcher)) {
            throw new IOException("The roles are started by " + launcher.toAbsolutePath() + ", which is not there");
        }
        List<String> command = new ArrayList<>(List.of(launcher.toAbsolutePath().toString(), role.word()));
        command.addAll(cluster);
        command.addAll(own);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().keySet().removeIf(variable -> variable.startsWith("GONDOLA_"));
        Process process = builder.start();
        processes.put(role, process);
        BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (int i = 0; i < READY_LINES_MAX; i++) {
            String line = said.readLine();
            if (line == null) {
                break;
            }
            Matcher ready = READY.matcher(line);
            if (ready.find()) {
                return URI.create(ready.group(1));
            }
        }
        throw new IOException("The " + role.word() + " did not become ready; its messages are above");
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public CpuTimes cpu() {
        Map<String, Long> nanos = new LinkedHashMap<>();
        processes.forEach((role, process) -> nanos.put(
                role.word(),
                process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos()));
        return CpuTimes.ofProcesses(nanos);
    }

    @Override
    public @Nullable JvmWork jvm() {
        return null;
    }

    /** In the reverse order, so that nobody looks for whoever has gone. */
    @Override
    public void close() {
        List<Process> last = new ArrayList<>(processes.values());
        for (int i = last.size() - 1; i >= 0; i--) {
            last.get(i).destroy();
            ClientProcess.awaitEnd(last.get(i), END_SECONDS_MAX);
        }
        processes.clear();
    }
}
