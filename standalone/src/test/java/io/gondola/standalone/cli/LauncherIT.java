package io.gondola.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gondola.launch.Launcher;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged thing in a JVM of its own, as {@code ./gondola} starts it, with the demo model. */
@Timeout(240)
class LauncherIT {

    private static final Pattern READY = Pattern.compile("Gondola is ready: (http://127\\.0\\.0\\.1:\\d+) ");
    private static final int SIGTERM_STATUS = 143;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path dir;

    private Process process;

    private Process start(String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@../launch/target/jvm.options",
                "-Dgondola.home=..",
                "-jar",
                "target/gondola.jar"));
        if (Runtime.version().feature() >= 24) {
            // As ./gondola does: without them the JVM prints warnings between our lines.
            command.addAll(1, List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        }
        command.addAll(List.of(args));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(dir.resolve("stderr").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("GONDOLA_"));
        builder.environment().put("TF_CPP_MIN_LOG_LEVEL", "2");
        process = builder.start();
        return process;
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    private static BufferedReader output(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** SIGTERM. Process.destroy() would also close the pipe, and what is said while it closes would be lost. */
    private static void terminate(Process process) {
        assertThat(process.toHandle().destroy()).isTrue();
    }

    /** Reads up to the line that says where it listens; keeps what it read. */
    private String awaitReady(BufferedReader output, List<String> lines) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            lines.add(line);
            Matcher ready = READY.matcher(line);
            if (ready.find()) {
                return ready.group(1);
            }
        }
        throw new AssertionError("it ended without being ready: " + lines + Files.readString(dir.resolve("stderr")));
    }

    private static String streamAnswer(String url, String question) throws Exception {
        String body = "{\"model\": \"gondola-guide\", \"stream\": true, \"messages\": [{\"role\": \"user\", "
                + "\"content\": \"" + question + "\"}]}";
        List<String> lines = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(url + "/v1/chat/completions"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofLines())
                .body()
                .toList();
        StringBuilder answer = new StringBuilder();
        for (String line : lines) {
            if (line.startsWith("data: {")) {
                JsonNode chunk = JSON.readTree(line.substring("data: ".length()));
                answer.append(chunk.at("/choices/0/delta/content").asText(""));
            }
        }
        assertThat(lines).contains("data: [DONE]");
        return answer.toString();
    }

    @Test
    void startsAnswersAndStops() throws Exception {
        Process gondola = start("--port", "0");
        List<String> lines = new ArrayList<>();
        BufferedReader output = output(gondola);
        String url = awaitReady(output, lines);
        assertThat(lines.get(lines.size() - 1)).isEqualTo("Gondola is ready: " + url + " (models: gondola-guide)");

        assertThat(streamAnswer(url, "What is a KV cache?"))
                .startsWith("The KV cache stores the attention keys and values of all tokens so far.");

        terminate(gondola);
        assertThat(gondola.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(gondola.exitValue()).isEqualTo(SIGTERM_STATUS);
        output.lines().forEach(lines::add);
        assertThat(String.join("\n", lines))
                .as("no text of prompts or answers")
                .doesNotContain("What is a")
                .doesNotContain("attention keys")
                .doesNotContain("Exception");
    }

    @Test
    void logsAsJsonAreJsonThroughout() throws Exception {
        Process gondola = start("--port=0", "--log-format=json", "--engine=simulated");
        List<String> lines = new ArrayList<>();
        BufferedReader output = output(gondola);
        awaitReady(output, lines);
        terminate(gondola);
        output.lines().forEach(lines::add);
        assertThat(lines).isNotEmpty();
        for (String line : lines) {
            JsonNode event = JSON.readTree(line);
            assertThat(event.path("@timestamp").isTextual()).as(line).isTrue();
            assertThat(event.path("log.level").isTextual()).as(line).isTrue();
            assertThat(event.path("message").isTextual()).as(line).isTrue();
            assertThat(event.path("ecs.version").isTextual()).as(line).isTrue();
        }
    }

    @Test
    void aTakenPortIsOneLineAndStatusOne() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Process gondola = start("--port", String.valueOf(taken.getLocalPort()));
            assertThat(gondola.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(gondola.exitValue()).isEqualTo(Launcher.FAILED);
            assertThat(Files.readAllLines(dir.resolve("stderr")))
                    .singleElement()
                    .asString()
                    .startsWith("gondola: ")
                    .contains("127.0.0.1:" + taken.getLocalPort());
        }
    }
}
