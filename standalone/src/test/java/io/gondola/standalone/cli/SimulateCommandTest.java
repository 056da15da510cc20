package io.gondola.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gondola.launch.Launcher;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulateCommandTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... args) {
        out.reset();
        err.reset();
        return Main.run(args, Map.of(), stream(out), stream(err));
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aTableComparesTwoFleetsAndIsTheSameEachTime(@TempDir Path folder) throws IOException {
        Path report = folder.resolve("report.html");
        String[] args = {
            "simulate", "--workers", "3", "--compare-workers", "1", "--duration", "20", "--report", report.toString()
        };
        assertThat(run(args)).isEqualTo(Launcher.OK);
        String table = text(out);
        String page = Files.readString(report);
        assertThat(table).startsWith("load: 5 requests a second for 20 s").contains("cost: a step takes 20.000 ms");
        assertThat(table.lines()).anyMatch(line -> line.matches(" +3 workers +1 worker"));
        assertThat(table).contains("first token p95, ms");
        assertThat(page).startsWith("<!doctype html>").endsWith("</html>\n");
        run(args);
        assertThat(text(out)).isEqualTo(table);
        assertThat(report).hasContent(page);
    }

    @Test
    void wrongOptionsAreNamed() {
        says("--workers: expected a number from 1 to 100000, not 0", "--workers", "0");
        says("'--rate'", "--rate", "fast");
        says(
                "--batch-percent: expected a number from 0 to 40, not 50",
                "--interactive-percent",
                "60",
                "--batch-percent",
                "50");
        says("--lose-workers: expected a number from 0 to 1, not 2", "--workers", "2", "--lose-workers", "2");
        says("--rates", "--rates", "3");
        says("--tenant-weights: 3 weights, 2 tenants", "--tenants", "2", "--tenant-weights", "1,2,3");
        says("--tenant-weights: expected a number from 1 to 1000, not 0", "--tenant-weights", "4,0");
        says("--report: cannot write", "--duration", "5", "--report", "/nowhere/at/all.html");
    }

    private void says(String complaint, String... options) {
        String[] args = new String[options.length + 1];
        args[0] = "simulate";
        System.arraycopy(options, 0, args, 1, options.length);
        assertThat(run(args)).isEqualTo(Launcher.USAGE);
        assertThat(text(err)).startsWith("gondola: ").contains(complaint).hasLineCount(1);
    }

    @Test
    void theFiguresAreThereForPrograms(@TempDir Path folder) throws IOException {
        Path json = folder.resolve("runs.json");
        assertThat(run("simulate", "--workers", "2", "--duration", "20", "--json", json.toString()))
                .isEqualTo(Launcher.OK);
        JsonNode only = new ObjectMapper().readTree(json.toFile()).get("runs").get(0);
        assertThat(only.get("workers").asInt()).isEqualTo(2);
        assertThat(only.get("complete").asInt())
                .isPositive()
                .isEqualTo(only.get("generations").asInt());
        assertThat(only.at("/firstTokenMillis/p95").asDouble())
                .isGreaterThanOrEqualTo(only.at("/firstTokenMillis/p50").asDouble());
        assertThat(only.get("samples").size()).isGreaterThan(10);
    }

    @Test
    void anyLimitOfTheSchedulerCanBeSet() {
        assertThat(run("simulate", "--limits", "--limit", "agedEvery=3", "--limit", "batchTokensMax=77"))
                .isEqualTo(Launcher.OK);
        assertThat(text(out))
                .contains("agedEvery=3\n", "batchTokensMax=77\n", "tenantRequestsMax=", "stepPrefillTokensMax=512\n");
        says("--limit: 'agedever' is no limit; there are queueRequestsMax, ", "--limit", "agedever=3");
        says("--limit agedEvery: expected a int, not 'often'", "--limit", "agedEvery=often");
        says("--limit agedEvery: agedEvery out of range: -1", "--limit", "agedEvery=-1");
        run("simulate", "--duration", "20");
        String before = text(out);
        run("simulate", "--duration", "20", "--limit", "stepPrefillTokensMax=16");
        assertThat(text(out)).isNotEqualTo(before);
    }

    @Test
    void aCoarseRunIsOneOfTheSameLoad() {
        assertThat(run("simulate", "--duration", "20", "--coarse")).isEqualTo(Launcher.OK);
        String coarse = generations();
        assertThat(run("simulate", "--duration", "20")).isEqualTo(Launcher.OK);
        assertThat(generations()).isEqualTo(coarse);
    }

    private String generations() {
        return text(out)
                .lines()
                .filter(line -> line.startsWith("generations"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void helpTellsOfEveryOption() {
        assertThat(run("simulate", "--help")).isEqualTo(Launcher.OK);
        assertThat(text(out))
                .contains(
                        "./gondola simulate",
                        "--compare-workers",
                        "--report",
                        "--trace",
                        "--limit=NAME=VALUE",
                        "Default: 20.0");
    }
}
