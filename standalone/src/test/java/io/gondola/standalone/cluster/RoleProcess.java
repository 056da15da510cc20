package io.gondola.standalone.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One role of a cluster in a JVM of its own, from the built artifacts, as {@code ./gondola} starts it. */
final class RoleProcess implements AutoCloseable {

    private static final Pattern READY =
            Pattern.compile("Gondola \\w+ is (?:ready|loaded): (http://127\\.0\\.0\\.1:\\d+) ");
    private static final long READY_SECONDS_MAX = 120;
    private static final long EXIT_SECONDS_MAX = 120;
    private static final long POLL_MILLIS = 20;

    /** The roles, and where each stands. */
    enum Role {
        GATEWAY("gateway", "io.gondola.gateway.launch.GatewayMain"),
        SCHEDULER("scheduler", "io.gondola.scheduler.launch.SchedulerMain"),
        WORKER("gpu-worker", "io.gondola.worker.launch.WorkerMain");

        private final String module;
        private final String main;

        Role(String module, String main) {
            this.module = module;
            this.main = main;
        }
    }

    private final String name;
    private final Path log;
    private final Process process;

    /** How a role is started, without its options. */
    interface Starter {
        List<String> command(Role role);
    }

    /** With {@code ./gondola}, as a user does. */
    static List<String> launcher(Role role) {
        return List.of("../gondola", role == Role.WORKER ? "worker" : role.module);
    }

    /** From what this build has made, as {@code ./gondola} does it, small enough for many at once. */
    static List<String> built(Role role) {
        Path target = Path.of("..", role.module, "target");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@../launch/target/jvm.options",
                "@../launch/target/cluster.options",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-Dgondola.home=.."));
        if (Runtime.version().feature() >= 24) {
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of(
                "-cp",
                target.resolve("gondola-" + role.module + ".jar") + ":" + target.resolve("lib") + "/*",
                role.main));
        return command;
    }

    /** @param log gets everything it says */
    static RoleProcess start(Starter starter, Role role, String name, Path log, List<String> options)
            throws IOException {
        List<String> command = new ArrayList<>(starter.command(role));
        command.addAll(options);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(variable -> variable.startsWith("GONDOLA_"));
        builder.environment().put("TF_CPP_MIN_LOG_LEVEL", "2");
        return new RoleProcess(name, log, builder.start());
    }

    private RoleProcess(String name, Path log, Process process) {
        this.name = name;
        this.log = log;
        this.process = process;
    }

    long pid() {
        return process.pid();
    }

    String name() {
        return name;
    }

    /** What it has said so far. */
    String said() throws IOException {
        return Files.readString(log);
    }

    /** Waits until it says where it is, and returns that. */
    String awaitReady() throws IOException, InterruptedException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS_MAX);
        while (true) {
            Matcher ready = READY.matcher(said());
            if (ready.find()) {
                return ready.group(1);
            }
            if (!process.isAlive() || System.nanoTime() > endNanos) {
                throw new AssertionError(name + " is not ready:\n" + said());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Waits until it has said this. */
    void awaitSaid(String text) throws IOException, InterruptedException {
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS_MAX);
        while (!said().contains(text)) {
            if (System.nanoTime() > endNanos) {
                throw new AssertionError(name + " does not say '" + text + "':\n" + said());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Whether it has said where it is. */
    boolean isReady() throws IOException {
        return READY.matcher(said()).find();
    }

    /** The first line it said that holds this. */
    String lineWith(String text) throws IOException {
        return said().lines().filter(line -> line.contains(text)).findFirst().orElse("");
    }

    /** Waits until it says that it is ready to serve. */
    void awaitHealthy() throws IOException, InterruptedException {
        URL ready = URI.create(awaitReady() + "/health/ready").toURL();
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS_MAX);
        while (((HttpURLConnection) ready.openConnection()).getResponseCode() != HttpURLConnection.HTTP_OK) {
            if (System.nanoTime() > endNanos) {
                throw new AssertionError(name + " does not become ready:\n" + said());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** The sum of all series of this name in its metrics; 0 where there is none. */
    double meter(String series) throws IOException, InterruptedException {
        URL metrics = URI.create(awaitReady() + "/metrics").toURL();
        String text;
        try (InputStream in = metrics.openStream()) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        Matcher values = Pattern.compile("^" + series + "(?:\\{[^}]*\\})? (\\S+)$", Pattern.MULTILINE)
                .matcher(text);
        double sum = 0;
        while (values.find()) {
            sum += Double.parseDouble(values.group(1));
        }
        return sum;
    }

    /** SIGTERM. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** SIGKILL. */
    void kill() {
        process.toHandle().destroyForcibly();
    }

    /** SIGSTOP: it does nothing more, and is not gone. */
    void pause() throws IOException, InterruptedException {
        signal("STOP");
    }

    /** SIGCONT. */
    void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String which) throws IOException, InterruptedException {
        int status = new ProcessBuilder("kill", "-" + which, String.valueOf(pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new IOException("kill -" + which + " " + name + ": status " + status);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    int awaitExit() throws InterruptedException, IOException {
        if (!process.waitFor(EXIT_SECONDS_MAX, TimeUnit.SECONDS)) {
            throw new AssertionError(name + " does not end:\n" + said());
        }
        return process.exitValue();
    }

    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }
}
