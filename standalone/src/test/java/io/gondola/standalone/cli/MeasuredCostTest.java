package io.gondola.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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
    void stepsOnAPlaneGiveThatPlane() throws Exception {
        Path file = file(steps(
                "{\"sequences\": 1, \"contextTokens\": 100, \"stepMillis\": 12.1},"
                        + "{\"sequences\": 4, \"contextTokens\": 400, \"stepMillis\": 18.4},"
                        + "{\"sequences\": 4, \"contextTokens\": 4000, \"stepMillis\": 22.0},"
                        + "{\"sequences\": 16, \"contextTokens\": 1600, \"stepMillis\": 43.6}",
                "{\"tokens\": 100, \"stepMillis\": 60}, {\"tokens\": 20, \"stepMillis\": 20}"));
        CostFit fit = MeasuredCost.read(file);
        assertThat(fit.cost().fixedNanos()).isEqualTo(10_000_000);
        assertThat(fit.cost().sequenceNanos()).isEqualTo(2_000_000);
        assertThat(fit.cost().prefillTokenNanos()).isEqualTo(500_000);
        assertThat(fit.cost().contextTokenNanos()).isCloseTo(1_000, within(0.01));
        assertThat(fit.steps()).isEqualTo(6);
        assertThat(fit.maxError()).isLessThan(1e-6);
    }

    @Test
    void whatCannotBeToldApartIsNotInvented() throws Exception {
        // The context grows with the sequences and with nothing else.
        Path file = file(steps(
                "{\"sequences\": 1, \"contextTokens\": 100, \"stepMillis\": 12},"
                        + "{\"sequences\": 4, \"contextTokens\": 400, \"stepMillis\": 18},"
                        + "{\"sequences\": 16, \"contextTokens\": 1600, \"stepMillis\": 42}",
                "{\"tokens\": 100, \"stepMillis\": 60}"));
        assertThat(MeasuredCost.read(file).cost()).isEqualTo(new StepCost(10_000_000, 2_000_000, 500_000, 0));
    }

    @Test
    void theErrorOfTheFitIsTold() throws Exception {
        // Against a constant c the relative errors are c/10 - 1 and c/30 - 1; their squares are least at c = 12.
        Path file = file(steps(
                "{\"sequences\": 1, \"stepMillis\": 10}, {\"sequences\": 1, \"stepMillis\": 30}",
                "{\"tokens\": 1, \"stepMillis\": 100000}"));
        CostFit fit = MeasuredCost.read(file);
        assertThat(fit.cost().fixedNanos() + fit.cost().sequenceNanos()).isEqualTo(12_000_000);
        assertThat(fit.meanError()).isCloseTo((0.2 + 0.6) / 3, within(1e-6));
        assertThat(fit.maxError()).isCloseTo(0.6, within(1e-6));
    }

    @Test
    void nothingIsBelowZero() throws Exception {
        Path file = file(steps(
                "{\"sequences\": 1, \"stepMillis\": 12}, {\"sequences\": 16, \"stepMillis\": 11}",
                "{\"tokens\": 100, \"stepMillis\": 11.45}"));
        StepCost cost = MeasuredCost.read(file).cost();
        assertThat(cost.sequenceNanos()).isZero();
        assertThat(cost.prefillTokenNanos()).isZero();
        assertThat(cost.fixedNanos()).isBetween(11_000_000L, 12_000_000L);
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
