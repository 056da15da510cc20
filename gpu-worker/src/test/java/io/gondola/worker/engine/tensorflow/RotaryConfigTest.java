package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.weights.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rotary frequencies, against numbers that a separate program computed from the formulas of transformers. */
class RotaryConfigTest {

    @TempDir
    Path directory;

    private RotaryFrequencies read(String json, int headSize, int contextTokensMax)
            throws IOException, EngineException {
        Path file = Files.writeString(directory.resolve("config.json"), json);
        return RotaryConfig.frequencies(ConfigFile.read(file), headSize, contextTokensMax);
    }

    private static void assertInverse(RotaryFrequencies actual, double magnitude, double... inverse) {
        assertThat(actual.inverse()).hasSameSizeAs(inverse);
        for (int i = 0; i < inverse.length; i++) {
            assertThat(actual.inverse()[i]).as("pair %s", i).isCloseTo(inverse[i], within(1e-7 * inverse[i]));
        }
        assertThat(actual.magnitude()).isCloseTo(magnitude, within(1e-9));
    }

    private static final double[] PLAIN = {1, 0.316227766, 0.1, 0.0316227766, 0.01, 0.00316227766, 0.001, 0.000316227766
    };
    private static final double[] PLAIN_500000 = {
        1, 0.193922745, 0.0376060309, 0.00729266474, 0.00141421356, 0.000274248176, 5.3182959e-05, 1.03133854e-05
    };

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}",
                "{\"rope_theta\": 10000.0}",
                "{\"rope_theta\": 10000, \"rope_scaling\": null}",
                "{\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 10000.0}}",
                "{\"rope_theta\": 10000, \"rope_parameters\": {\"rope_type\": \"default\"}}",
                "{\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 4.0}}",
                "{\"rope_scaling\": {}, \"rope_parameters\": {\"rope_type\": \"default\"}}",
                "{\"rope_scaling\": {\"type\": \"default\"}, "
                        + "\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": 2}}",
                "{\"rope_scaling\": {\"rope_type\": \"default\", \"type\": \"linear\"}, \"rope_parameters\": null}",
            })
    void plain(String json) throws Exception {
        assertInverse(read(json, 16, 2048), 1, PLAIN);
    }

    @Test
    void theta() throws Exception {
        assertInverse(read("{\"rope_theta\": 500000}", 16, 2048), 1, PLAIN_500000);
        assertInverse(read("{\"rope_parameters\": {\"rope_theta\": 500000}}", 16, 2048), 1, PLAIN_500000);
    }

    @Test
    void linear() throws Exception {
        double[] quarter = Arrays.stream(PLAIN).map(x -> x / 4).toArray();
        assertInverse(read("{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4.0}}", 16, 2048), 1, quarter);
        assertInverse(
                read(
                        "{\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": 4, \"rope_theta\": 1e4}}",
                        16,
                        2048),
                1,
                quarter);
    }

    /** transformers 5 takes rope_scaling, whatever rope_parameters says; a base is looked for everywhere. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 500000}, SCALING}",
                "{\"rope_parameters\": {\"rope_type\": \"yarn\", \"factor\": 9}, \"rope_theta\": 500000, SCALING}",
                "{\"rope_parameters\": {\"rope_theta\": 77}, \"rope_theta\": 500000, SCALING}",
            })
    void ropeScalingWinsOverRopeParameters(String json) throws Exception {
        double[] half = Arrays.stream(PLAIN_500000).map(x -> x / 2).toArray();
        String scaling = "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}";
        assertInverse(read(json.replace("SCALING", scaling), 16, 2048), 1, half);
    }

    @Test
    void llama3() throws Exception {
        String json = "{\"rope_theta\": 500000.0, \"rope_scaling\": {\"factor\": 32.0, \"high_freq_factor\": 4.0,"
                + "\"low_freq_factor\": 1.0, \"original_max_position_embeddings\": 8192, \"rope_type\": \"llama3\"}}";
        assertInverse(
                read(json, 16, 131072),
                1,
                1,
                0.193922745,
                0.0376060309,
                0.00729266474,
                0.000429556797,
                8.57025549e-06,
                1.66196747e-06,
                3.22293293e-07);
    }

    @Test
    void yarn() throws Exception {
        String json = "{\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 4.0,"
                + "\"original_max_position_embeddings\": 2048}}";
        double[] inverse = {1, 0.316227766, 0.1, 0.025693506, 0.00625, 0.00138349648, 0.00025, 7.90569415e-05};
        assertInverse(read(json, 16, 8192), 1.138629436111989, inverse);
        // Without a factor it is how much longer the context became.
        assertInverse(read(json.replace("\"factor\": 4.0,", ""), 16, 8192), 1.138629436111989, inverse);
        assertInverse(read(json.replace("4.0,", "4.0, \"attention_factor\": 1.5,"), 16, 8192), 1.5, inverse);
    }

    /** As Phi's models write it, and transformers reads it; where both are there, this one counts. */
    @Test
    void theOriginalContextMayStandOutsideTheScaling() throws Exception {
        double[] inverse = {1, 0.316227766, 0.1, 0.025693506, 0.00625, 0.00138349648, 0.00025, 7.90569415e-05};
        String yarn = "{\"original_max_position_embeddings\": 2048, \"rope_scaling\": {\"type\": \"yarn\", FACTOR}}";
        assertInverse(read(yarn.replace("FACTOR", "\"factor\": 4"), 16, 8192), 1.138629436111989, inverse);
        String both = "\"factor\": 4, \"original_max_position_embeddings\": 77";
        assertInverse(read(yarn.replace("FACTOR", both), 16, 8192), 1.138629436111989, inverse);
        String llama3 = "{\"rope_theta\": 500000.0, \"original_max_position_embeddings\": 8192,"
                + " \"rope_scaling\": {\"factor\": 32.0, \"high_freq_factor\": 4.0, \"low_freq_factor\": 1.0,"
                + " \"rope_type\": \"llama3\"}}";
        assertThat(read(llama3, 16, 131072).inverse()[4]).isCloseTo(0.000429556797, within(1e-10));
    }

    @Test
    void yarnWithItsOptions() throws Exception {
        String json = "{\"rope_parameters\": {\"rope_type\": \"yarn\", \"rope_theta\": 1000000.0, \"factor\": 4.0,"
                + "\"original_max_position_embeddings\": 32768, \"beta_fast\": 16, \"beta_slow\": 2,"
                + "\"truncate\": false}}";
        assertInverse(
                read(json, 16, 131072),
                1.138629436111989,
                1,
                0.177827941,
                0.0316227766,
                0.00562341325,
                0.000595679896,
                4.44569853e-05,
                7.90569415e-06,
                1.40585331e-06);
        String scaled = "{\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 40, \"mscale\": 0.707,"
                + "\"mscale_all_dim\": 1.0, \"original_max_position_embeddings\": 4096}}";
        assertThat(read(scaled, 16, 163840).magnitude()).isCloseTo(0.9210423553163399, within(1e-9));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"rope_scaling\": {\"type\": \"longrope\"}} | rope_type \"longrope\" is not supported; supported are",
                "{\"rope_scaling\": {\"rope_type\": \"longrope\"}} | rope_type \"longrope\" is not supported",
                "{\"rope_parameters\": {\"rope_type\": \"longrope\"}} | rope_type \"longrope\" is not supported",
                "{\"rope_parameters\": {\"type\": \"su\"}} | rope_type \"su\" is not supported",
                "{\"rope_scaling\": {\"type\": \"mrope\"}} | rope_type \"mrope\" is not supported",
                "{\"rope_parameters\": {\"rope_type\": \"mrope\"}} | rope_type \"mrope\" is not supported",
                "{\"rope_scaling\": {\"rope_type\": \"default\", \"mrope_section\": [2, 3, 3]}} | mrope_section: rotary",
                "{\"rope_parameters\": {\"partial_rotary_factor\": 0.5}} | partial_rotary_factor other than 1",
                "{\"rope_scaling\": {\"type\": \"linear\"}} | factor must be a number from 1.0 to 1000000.0, but is miss",
                "{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 0}} | rope_scaling.factor must be a number",
                "{\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": \"x\"}} | rope_scaling.factor must be a number",
                "{\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8}} | low_freq_factor must be a number",
                "{\"rope_scaling\": 4} | rope_scaling must be an object, is 4",
                "{\"rope_theta\": -1} | rope_theta must be a number",
                "{\"rope_theta\": 1} | rope_theta must be a number",
                "{\"partial_rotary_factor\": 0.5} | partial_rotary_factor other than 1 is not supported",
                "{\"rope_parameters\": {\"full_attention\": {\"rope_theta\": 1e4}}} | full_attention",
            })
    void whatIsNotUnderstoodIsRefused(String json, String expected) {
        assertThatThrownBy(() -> read(json, 16, 2048))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("config.json: ")
                .hasMessageContaining(expected);
    }
}
