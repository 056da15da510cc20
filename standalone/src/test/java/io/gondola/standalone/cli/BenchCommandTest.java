package io.gondola.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gondola.launch.Launcher;
import io.gondola.launch.UsageException;
import io.gondola.worker.bench.ModelShapes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {

    private static final String TINY = "../fixtures/tiny-gpt2";

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
    void aTableForPeopleAndFiguresThatTheSimulationReads(@TempDir Path folder) throws IOException, UsageException {
        Path json = folder.resolve("engine.json");
        String[] args = {
            "bench",
            "engine",
            "--model",
            TINY,
            "--sequences",
            "1,3",
            "--prompt-tokens",
            "8,16",
            "--output-tokens",
            "6",
            "--rounds",
            "1",
            "--json",
            json.toString()
        };
        assertThat(run(args)).describedAs(text(err)).isEqualTo(Launcher.OK);
        assertThat(text(out)).contains("threads read", "GPT2LMHeadModel", "3 slots");
        List<String> rows = text(out).lines().filter(line -> line.contains("%")).toList();
        assertThat(rows).hasSize(4);
        assertThat(rows.get(3).trim()).matches("3 +16 \\|.*");
        JsonNode root = new ObjectMapper().readTree(json.toFile());
        assertThat(root.at("/machine/bytesPerSecond").asDouble()).isPositive();
        assertThat(root.at("/machine/operationsPerSecond").asDouble()).isPositive();
        assertThat(root.at("/decode")).hasSize(4);
        JsonNode last = root.at("/decode/3");
        assertThat(last.get("sequences").asInt()).isEqualTo(3);
        assertThat(last.get("tokens").asDouble()).isEqualTo(3);
        assertThat(last.get("contextTokens").asDouble()).isEqualTo(3 * (17 + 21) / 2.0);
        assertThat(last.get("bandwidthShare").asDouble()).isPositive();
        assertThat(root.at("/prefill/3/tokens").asDouble()).isEqualTo(48);
        assertThat(MeasuredCost.read(json).cost().fixedNanos()).isPositive();
    }

    @Test
    void wrongOptionsAreNamed() {
        says("bench: expected engine, overhead or streams, not 'gateway'", "gateway", "--model", TINY);
        says("expected either --model DIR or --random SHAPE", "engine");
        says("expected either --model DIR or --random SHAPE", "engine", "--model", TINY, "--random", "gpt2-124m");
        says("--random: expected one of gpt2-124m, ", "engine", "--random", "gpt5");
        says(
                "--precision: expected one of f32, bf16, int8, auto, not 'f64'",
                "engine",
                "--model",
                TINY,
                "--precision",
                "f64");
        says("--sequences: expected a number from 1 to 16384, not 0", "engine", "--model", TINY, "--sequences", "4,0");
        says("'--sequences'", "engine", "--model", TINY, "--sequences", "four");
        says("--output-tokens: expected a number from 2", "engine", "--model", TINY, "--output-tokens", "1");
        says(
                "--slots: expected a number from 8 to 16384, not 4",
                "engine",
                "--model",
                TINY,
                "--slots",
                "4",
                "--sequences",
                "8");
        says("--json: cannot write /nowhere/at/all.json", "engine", "--model", TINY, "--json", "/nowhere/at/all.json");
        says(
                "--device: expected auto, cpu, gpu or gpu:NUMBER, not 'tpu'",
                "engine",
                "--model",
                TINY,
                "--device",
                "tpu");
        says("--rates", "engine", "--model", TINY, "--rates", "3");
    }

    @Test
    void aModelThatIsNoneIsSaidInOneLine() {
        says("no such model directory", "engine", "--model", "/nowhere", "--sequences", "1");
        says("the model's context is", "engine", "--model", TINY, "--sequences", "1", "--prompt-tokens", "100000");
    }

    private void says(String complaint, String... options) {
        String[] args =
                Stream.concat(Stream.of("bench"), Arrays.stream(options)).toArray(String[]::new);
        assertThat(run(args)).isEqualTo(Launcher.USAGE);
        assertThat(text(err)).startsWith("gondola: ").contains(complaint).hasLineCount(1);
    }

    @Test
    void helpTellsOfEveryOptionAndShape() {
        assertThat(run("bench", "--help")).isEqualTo(Launcher.OK);
        assertThat(text(out))
                .contains("--sequences", "--prompt-tokens", "--json")
                .contains(ModelShapes.NAMES);
        assertThat(run("bench", "engine", "--help")).isEqualTo(Launcher.OK);
    }
}
