package io.gondola.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.gondola.launch.Command;
import io.gondola.launch.CommandLineOptions;
import io.gondola.launch.Launcher;
import io.gondola.launch.Setting;
import io.gondola.launch.WebAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a mistake looks like from outside: one line and a status. */
class MainTest {

    private static final Path DEMO = Path.of("..", "models", "gondola-guide");

    @TempDir
    Path dir;

    private record Outcome(int status, String out, String err) {}

    private static Outcome run(Map<String, String> environment, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = Main.run(
                args,
                environment,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Outcome(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static void assertMistake(Outcome outcome, String... words) {
        assertThat(outcome.status()).isEqualTo(Launcher.USAGE);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).startsWith("gondola: ").contains(words);
        assertThat(outcome.err().strip().lines()).as(outcome.err()).hasSize(1);
    }

    private Path file(String... lines) throws IOException {
        Path file = dir.resolve("gondola.yaml");
        return Files.writeString(file, String.join("\n", lines));
    }

    @Test
    void helpShowsEverySetting() {
        Outcome outcome = run(Map.of(), "--help");
        assertThat(outcome.status()).isZero();
        assertThat(outcome.err()).isEmpty();
        for (Setting setting : Setting.values()) {
            if (!setting.isOf(Command.STANDALONE)) {
                assertThat(outcome.out()).doesNotContain(setting.option() + "=");
                continue;
            }
            assertThat(outcome.out()).contains(setting.option() + "=").contains(setting.defaultText());
        }
        assertThat(outcome.out()).contains("GONDOLA_MAX_QUEUE").doesNotContain(CommandLineOptions.EXIT_WHEN_READY);
        assertThat(outcome.out().lines()).allMatch(line -> line.length() <= 100);
    }

    @Test
    void helpIsFormattedWithoutWarnings() {
        PrintStream standardError = System.err;
        ByteArrayOutputStream warnings = new ByteArrayOutputStream();
        System.setErr(new PrintStream(warnings, true, StandardCharsets.UTF_8));
        try {
            assertThat(run(Map.of(), "--help").out()).contains("Default: 50%.");
        } finally {
            System.setErr(standardError);
        }
        assertThat(warnings.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void helpWinsOverMistakesElsewhere() {
        assertThat(run(Map.of("GONDOLA_PORT", "x"), "--help").status()).isZero();
    }

    @Test
    void versionSaysBoth() {
        assertThat(run(Map.of(), "--version").out()).matches("Gondola \\d\\S* \\(Java \\d+\\)\\R");
    }

    @Test
    void badOptions() {
        assertMistake(run(Map.of(), "--prot", "80"), "--prot");
        assertMistake(run(Map.of(), "serve"), "serve");
        assertMistake(run(Map.of(), "--port"), "--port");
        assertMistake(run(Map.of(), "--port", "1", "--port", "2"), "--port", "once");
        assertMistake(run(Map.of(), "@file"), "@file");
    }

    @Test
    void badValues() {
        for (String port : new String[] {"x", "-1", "65536", "8080.5", "", " 80", "99999999999"}) {
            assertMistake(run(Map.of(), "--port=" + port), "--port", "0 to 65535", "'" + port + "'");
        }
        assertMistake(run(Map.of(), "--slots=0"), "--slots", "1 to ");
        assertMistake(run(Map.of(), "--max-queue=-5"), "--max-queue");
        assertMistake(run(Map.of(), "--threads=many"), "--threads");
        assertMistake(run(Map.of(), "--engine=onnx"), "--engine", "tensorflow, simulated", "'onnx'");
        assertMistake(run(Map.of(), "--log-format=xml"), "--log-format", "text, json");
        assertMistake(run(Map.of(), "--log-level=loud"), "--log-level", "'loud'");
        assertMistake(run(Map.of(), "--host="), "--host", "empty");
        for (String seconds : new String[] {"0", "-1", "soon", "1e9999999", "NaN", "90000", "0.0000000001"}) {
            assertMistake(run(Map.of(), "--request-timeout=" + seconds), "--request-timeout", seconds);
        }
    }

    @Test
    void aHostThatDoesNotExist() {
        assertMistake(run(Map.of(), "--model=" + DEMO, "--port=0", "--host=999.1.1.1"), "--host", "999.1.1.1");
    }

    @Test
    void aTraceThatCannotBeWritten() {
        for (String file : new String[] {"/nowhere/trace", "/dev/full", dir.toString()}) {
            assertMistake(
                    run(Map.of("GONDOLA_RECORD_TRACE", file), "--model=" + DEMO, "--port=0"), "--record-trace", file);
        }
        assertMistake(run(Map.of(), "--record-trace=t", "--record-trace-megabytes=0"), "--record-trace-megabytes");
        assertMistake(run(Map.of(), "--record-trace="), "--record-trace", "empty");
    }

    @Test
    void badEnvironmentNamesTheVariable() {
        assertMistake(run(Map.of("GONDOLA_PORT", "tcp://10.0.0.1:80")), "GONDOLA_PORT", "'tcp://10.0.0.1:80'");
        assertMistake(run(Map.of("GONDOLA_MODEL", DEMO + ",/nowhere")), "GONDOLA_MODEL", "/nowhere");
        assertMistake(run(Map.of("GONDOLA_CONFIG", "/nowhere.yaml")), "GONDOLA_CONFIG", "/nowhere.yaml");
    }

    @Test
    void badModels() throws IOException {
        assertMistake(run(Map.of(), "--model", "/no/such/dir"), "--model", "/no/such/dir", "no such directory");
        assertMistake(run(Map.of(), "--model", "a=" + DEMO, "--model", "a=" + DEMO), "--model", "'a'");
        assertMistake(run(Map.of(), "--model", "=" + DEMO), "--model", "name");
        assertMistake(run(Map.of(), "--model", "a b=" + DEMO), "--model", "'a b'");
        assertMistake(run(Map.of(), "--model", "a="), "--model", "DIR");
        assertMistake(run(Map.of(), "--model", "/"), "--model", "NAME=DIR");
        assertMistake(
                run(Map.of(), "--model", Files.writeString(dir.resolve("f"), "").toString()), "--model");
        assertMistake(run(Map.of(), "--model", "no\u0000path"), "--model");
        assertMistake(run(Map.of(), "--model", "two\nlines"), "--model");
    }

    @Test
    void aDirectoryWithoutAModelNamesTheFile() throws IOException {
        Path empty = Files.createDirectory(dir.resolve("empty"));
        assertMistake(run(Map.of(), "--model", empty.toString(), "--port", "0"), empty.toString(), "config.json");
    }

    @Test
    void aContextThatTheModelDoesNotHave() {
        assertMistake(run(Map.of(), "--max-context=-1"), "--max-context", "0 to ", "'-1'");
        assertMistake(
                run(Map.of("GONDOLA_MAX_CONTEXT", "513"), "--model=" + DEMO, "--port=0"),
                "config.json: the model's context is 512 tokens, less than the 513 asked for (--max-context)");
    }

    @Test
    void badFiles() throws IOException {
        assertMistake(run(Map.of(), "--config", "/nowhere.yaml"), "--config", "/nowhere.yaml");
        assertMistake(run(Map.of(), "--config", dir.toString()), "--config", dir.toString());
        Path file = file("prot: 80");
        assertMistake(run(Map.of(), "--config", file.toString()), file.toString(), "'prot'", "port");
        assertMistake(run(Map.of(), "--config", file("port: x").toString()), file + ": port", "'x'");
        assertMistake(run(Map.of(), "--config", file("port: 1", "port: 2").toString()), file.toString(), "port");
        assertMistake(run(Map.of(), "--config", file("port: [1, 2]").toString()), file + ": port");
        assertMistake(run(Map.of(), "--config", file("port:").toString()), file + ": port");
        assertMistake(run(Map.of(), "--config", file("model: []").toString()), file + ": model");
        assertMistake(
                run(Map.of(), "--config", file("port: 80", "  slots: 3: 4").toString()), file.toString(), "line 2");
        assertMistake(run(Map.of(), "--config", file("just words").toString()), file.toString());
        assertMistake(run(Map.of(), "--config", file("config: other.yaml").toString()), file.toString(), "'config'");
        assertMistake(
                run(Map.of(), "--config", file("port: 1", "---", "port: 2").toString()), file.toString());
    }

    @Test
    void urlsWorkOnThisMachine() {
        assertThat(WebAddress.of("0.0.0.0", 80)).isEqualTo("http://127.0.0.1:80");
        assertThat(WebAddress.of("::", 80)).isEqualTo("http://127.0.0.1:80");
        assertThat(WebAddress.of("::1", 80)).isEqualTo("http://[::1]:80");
        assertThat(WebAddress.of("gondola.example", 80)).isEqualTo("http://gondola.example:80");
    }
}
