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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Traces written by hand, replayed from the command line. */
class TraceReplayTest {

    private static final String HEADER =
            "{\"format\":\"gondola-trace\",\"version\":1,\"startedAt\":\"2026-11-24T22:00:00Z\"}";

    @TempDir
    private Path folder;

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

    private String complaint() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private Path trace(String name, String... lines) throws IOException {
        List<String> all = new ArrayList<>(List.of(HEADER));
        all.addAll(List.of(lines));
        return Files.write(folder.resolve(name), all);
    }

    private static String line(double arrivalMillis, String model, String outcome, String outputTokens) {
        int choices = outputTokens.split(",").length;
        return "{\"arrivalMillis\":" + arrivalMillis + ",\"model\":\"" + model + "\",\"class\":\"standard\","
                + "\"tenant\":\"t\",\"tenantWeight\":2,\"promptTokens\":[20],\"maxTokens\":[50],\"choices\":" + choices
                + ",\"outputTokens\":[" + outputTokens
                + "],\"cachedTokens\":0,\"deadlineMillis\":60000.0,\"outcome\":\""
                + outcome + "\",\"queueMillis\":1.5,\"waitReason\":\"none\",\"firstTokenMillis\":30.0,"
                + "\"durationMillis\":400.0,\"prefix\":[\"\"]}";
    }

    private JsonNode simulated(String... options) throws IOException {
        Path json = folder.resolve("runs.json");
        List<String> args = new ArrayList<>(List.of("simulate", "--json", json.toString()));
        args.addAll(List.of(options));
        assertThat(run(args.toArray(String[]::new))).as(this::complaint).isEqualTo(Launcher.OK);
        return new ObjectMapper().readTree(json.toFile()).get("runs");
    }

    @Test
    void whatWasRecordedArrivesAgain() throws IOException {
        // In the order of their ends, as a gateway writes them.
        Path trace = trace(
                "t",
                line(900, "m", "success", "7"),
                line(100, "m", "success", "20,30"),
                line(2_500, "m", "success", "1"));
        JsonNode runs = simulated("--trace", trace.toString(), "--workers", "3", "--compare-workers", "1");
        assertThat(runs)
                .extracting(run -> run.get("name").asText())
                .containsExactly("recorded", "3 workers", "1 worker");
        assertThat(runs).allSatisfy(run -> {
            assertThat(run.get("complete").asInt()).isEqualTo(4);
            assertThat(run.get("generations").asInt()).isEqualTo(4);
            assertThat(run.get("outputTokens").asInt()).isEqualTo(58);
            assertThat(run.get("promptTokens").asInt()).isEqualTo(80);
        });
        assertThat(runs.get(0).at("/durationMillis/p50").asDouble()).isBetween(399.0, 401.0);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith(
                        "load: 3 recorded requests (4 generations) for m, 2026-11-24T22:00:00Z to 2026-11-24T22:00:02Z\n");
    }

    @Test
    void aWindowASpeedAndAModelCanBeChosen() throws IOException {
        String trace = trace(
                        "t",
                        line(1_000, "a", "success", "5"),
                        line(2_000, "b", "success", "6"),
                        line(11_000, "a", "success", "8"),
                        line(21_000, "a", "success", "9"))
                .toString();
        assertThat(run("simulate", "--trace", trace)).isEqualTo(Launcher.USAGE);
        assertThat(complaint())
                .isEqualTo(
                        "gondola: --trace: requests for several models; choose one with --trace-model: a (3), b (1)\n");
        JsonNode all = simulated("--trace", trace, "--trace-model", "a");
        assertThat(all.get(1).get("outputTokens").asInt()).isEqualTo(22);
        JsonNode part =
                simulated("--trace", trace, "--trace-model", "a", "--from", "2026-11-24T22:00:05Z", "--to", "20.5");
        assertThat(part.get(1).get("outputTokens").asInt()).isEqualTo(8);
        JsonNode fast = simulated("--trace", trace, "--trace-model", "a", "--speed", "20");
        assertThat(fast.get(1).get("complete").asInt()).isEqualTo(3);
        assertThat(fast.get(1).get("seconds").asDouble()).isBetween(1.0, 3.0);
        assertThat(all.get(1).get("seconds").asDouble()).isGreaterThan(20);
        assertThat(run("simulate", "--trace", trace, "--trace-model", "c")).isEqualTo(Launcher.USAGE);
        assertThat(complaint()).contains("no request for 'c'; there are a (3), b (1)");
        assertThat(run("simulate", "--trace", trace, "--from", "30")).isEqualTo(Launcher.USAGE);
        assertThat(complaint()).contains("no request in it, or none between --from and --to");
        assertThat(run("simulate", "--trace", trace, "--from", "dawn")).isEqualTo(Launcher.USAGE);
        assertThat(complaint()).contains("--from: expected seconds from the trace's start or an instant");
    }

    @Test
    void severalFilesAreOneTrace() throws IOException {
        Path first = trace("t.1", line(100, "m", "success", "5"));
        Path second = Files.writeString(
                folder.resolve("t"),
                HEADER.replace("22:00:00", "22:00:30") + "\n" + line(100, "m", "success", "6") + "\n");
        JsonNode runs = simulated("--trace", second.toString(), "--trace", first.toString());
        assertThat(runs.get(1).get("outputTokens").asInt()).isEqualTo(11);
        assertThat(runs.get(1).get("seconds").asDouble()).isBetween(30.0, 35.0);
    }

    @Test
    void whatDidNotEndIsGivenALengthAndAClientThatLeftLeaves() throws IOException {
        Path trace = trace(
                "t",
                line(0, "m", "success", "40"),
                line(1, "m", "rejected", "0"),
                line(2, "m", "timeout", "3"),
                line(3, "m", "cancelled", "2"));
        JsonNode runs = simulated("--trace", trace.toString());
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("3 did not end, the length of their outputs is guessed");
        assertThat(runs.get(0).get("refused").asInt()).isEqualTo(1);
        assertThat(runs.get(0).get("late").asInt()).isEqualTo(1);
        assertThat(runs.get(0).get("cancelled").asInt()).isEqualTo(1);
        // Forty is the only length there is; 400 ms are too few for it.
        assertThat(runs.get(1).get("complete").asInt()).isEqualTo(3);
        assertThat(runs.get(1).get("cancelled").asInt()).isEqualTo(1);
        assertThat(runs.get(1).get("outputTokens").asInt()).isBetween(121, 159);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"arrivalMillis\":1.0|\"arrivalMillis\":-1|arrivalMillis must be a number of at least 0",
                "\"class\":\"standard\"|\"class\":\"vip\"|class must be interactive, standard or batch, not 'vip'",
                "\"promptTokens\":[20]|\"promptTokens\":[]|promptTokens must be an array of at least 1 whole numbers",
                "\"promptTokens\":[20]|\"promptTokens\":[0]|promptTokens[0] must be a whole number of at least 1",
                "\"maxTokens\":[50]|\"maxTokens\":[5,6]|maxTokens must be an array of 1 whole numbers",
                "\"outputTokens\":[9]|\"outputTokens\":[9.5]|outputTokens[0] must be a whole number of at least 0",
                "\"choices\":1|\"choices\":0|choices must be a number of at least 1",
                "\"tenantWeight\":2|\"tenantWeight\":0|tenantWeight must be a number of at least 1",
                "\"tenant\":\"t\"|\"tenant\":7|tenant must be a text",
                "\"prefix\":[\"\"]|\"prefix\":[\"abc\"]|prefix must have a text for each prompt",
                "\"durationMillis\":400.0}|\"durationMillis\":|not JSON",
                "{|[{|not JSON",
            })
    void aWrongLineIsNamed(String right, String wrong, String complaint) throws IOException {
        String good = line(1, "m", "success", "9").replace(",\"prefix\":[\"\"]}", "}");
        String withPrefix = line(1, "m", "success", "9");
        String base = right.contains("prefix") ? withPrefix : good;
        assertThat(base).contains(right);
        Path trace = trace("t", withPrefix, base.replace(right, wrong));
        assertThat(run("simulate", "--trace", trace.toString())).isEqualTo(Launcher.USAGE);
        assertThat(complaint())
                .startsWith("gondola: --trace: " + trace + ", line 3: ")
                .contains(complaint)
                .hasLineCount(1);
    }

    @Test
    void whatIsNoTraceIsSaidToBeNone() throws IOException {
        Path other = Files.writeString(folder.resolve("other"), "{\"a\":1}\n");
        assertThat(run("simulate", "--trace", other.toString())).isEqualTo(Launcher.USAGE);
        assertThat(complaint()).contains(other + ", line 1: not a trace");
        Path empty = Files.writeString(folder.resolve("empty"), "");
        assertThat(run("simulate", "--trace", empty.toString())).isEqualTo(Launcher.USAGE);
        assertThat(complaint()).contains(empty + ", line 1: not a trace");
        Path later = Files.writeString(folder.resolve("later"), HEADER.replace(":1,", ":2,") + "\n");
        assertThat(run("simulate", "--trace", later.toString())).isEqualTo(Launcher.USAGE);
        assertThat(complaint()).contains("version 2 of the format; only 1 can be read");
        Path binary = Files.write(folder.resolve("binary"), new byte[] {(byte) 0xff, (byte) 0xfe, 0});
        assertThat(run("simulate", "--trace", binary.toString())).isEqualTo(Launcher.USAGE);
        assertThat(complaint()).contains("it is not UTF-8 text").hasLineCount(1);
        assertThat(run("simulate", "--trace", folder.resolve("none").toString()))
                .isEqualTo(Launcher.USAGE);
        assertThat(complaint()).contains("--trace: cannot read").hasLineCount(1);
        assertThat(run("simulate", "--speed", "2")).isEqualTo(Launcher.USAGE);
        assertThat(complaint()).contains("--trace is not given");
    }
}
