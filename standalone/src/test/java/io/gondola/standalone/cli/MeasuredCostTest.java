package io.gondola.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.launch.UsageException;
import io.gondola.scheduler.simulation.StepCost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasuredCostTest {

    @TempDir
    private Path folder;

    private Path file(String json) throws IOException {
        return Files.writeString(folder.resolve("cost.json"), json);
    }

    private static String steps(String decode, String prefill) {
        return "{\"decode\": [" + decode + "], \"prefill\": [" + prefill + "]}";
    }

    @Test
    void stepsOnALineGiveThatLine() throws Exception {
        Path file = file(steps(
                "{\"sequences\": 1, \"stepMillis\": 12}, {\"sequences\": 4, \"stepMillis\": 18},"
                        + "{\"sequences\": 16, \"stepMillis\": 42}",
                "{\"tokens\": 100, \"stepMillis\": 60}"));
        assertThat(MeasuredCost.read(file)).isEqualTo(new StepCost(10_000_000, 2_000_000, 500_000, 0));
    }

    @Test
    void nothingIsBelowZero() throws Exception {
        Path file = file(steps(
                "{\"sequences\": 1, \"stepMillis\": 12}, {\"sequences\": 4, \"stepMillis\": 11}",
                "{\"tokens\": 100, \"stepMillis\": 5}"));
        assertThat(MeasuredCost.read(file)).isEqualTo(new StepCost(11_500_000, 0, 0, 0));
    }

    @Test
    void whatIsMissingIsNamed() throws Exception {
        String prefill = "{\"tokens\": 100, \"stepMillis\": 60}";
        says("decode must be an array", "{}");
        says("decode must be an array", steps("", prefill));
        says("decode[0].stepMillis must be a number above 0", steps("{\"sequences\": 1}", prefill));
        says("prefill[0].tokens", steps("{\"sequences\": 1, \"stepMillis\": 2}", "{\"tokens\": 0}"));
        says("is not JSON", "decode");
        assertThatThrownBy(() -> MeasuredCost.read(folder.resolve("none")))
                .hasMessageContaining("--cost-file: cannot read");
    }

    private void says(String complaint, String json) throws IOException {
        Path file = file(json);
        assertThatThrownBy(() -> MeasuredCost.read(file))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("--cost-file: ")
                .hasMessageContaining(complaint);
    }
}
