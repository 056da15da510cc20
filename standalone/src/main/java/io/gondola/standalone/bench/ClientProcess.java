package io.gondola.standalone.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link LoadClient} in a JVM of its own: its garbage and its compiler are not the server's, and are told apart. */
final class ClientProcess implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HEAP = "-Xmx1g";
    private static final long END_SECONDS_MAX = 10;

    private final Process process;
    private final OutputStream plans;
    private final BufferedReader results;

    private ClientProcess(Process process) {
        this.process = process;
        plans = process.getOutputStream();
        results = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Of the same Java and the same class path as this. */
    static ClientProcess start() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = List.of(
                java,
                HEAP,
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                LoadClient.class.getName());
        return new ClientProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Carries the plan out; waits for its end. */
    LoadResult run(LoadPlan plan) throws IOException {
        plans.write((JSON.writeValueAsString(plan) + "\n").getBytes(StandardCharsets.UTF_8));
        plans.flush();
        String line = results.readLine();
        if (line == null) {
            throw new IOException("the load client ended before its load; its message is above");
        }
        return JSON.readValue(line, LoadResult.class);
    }

    @Override
    public void close() throws IOException {
        plans.close();
        awaitEnd(process, END_SECONDS_MAX);
        results.close();
    }

    /** Waits for the end of a process that was asked to end; ends it where it does not. */
    static void awaitEnd(Process process, long secondsMax) {
        try {
            if (!process.waitFor(secondsMax, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
