package io.gondola.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFingerprintTest {

    @TempDir
    Path dir;

    @BeforeEach
    void aModel() throws IOException {
        Files.writeString(dir.resolve("config.json"), "{}");
        Files.writeString(dir.resolve("tokenizer.json"), "{}");
        Files.write(dir.resolve("model.safetensors"), new byte[3_000_000]);
    }

    private String weights() throws IOException {
        return ModelFingerprint.weights(dir, "f32");
    }

    @Test
    void theSameIsTheSame() throws IOException {
        assertThat(weights()).isEqualTo(weights()).matches("[0-9a-f]{16}");
        assertThat(ModelFingerprint.tokenizer(dir)).matches("[0-9a-f]{16}");
    }

    @Test
    void otherWeightsOfTheSameSizeDiffer() throws IOException {
        String before = weights();
        byte[] tuned = new byte[3_000_000];
        tuned[tuned.length - 1] = 1;
        Files.write(dir.resolve("model.safetensors"), tuned);
        assertThat(weights()).isNotEqualTo(before);
    }

    @Test
    void configurationSizeNameAndPrecisionCount() throws IOException {
        String before = weights();
        assertThat(ModelFingerprint.weights(dir, "int8")).isNotEqualTo(before);
        Files.writeString(dir.resolve("config.json"), "{ }");
        String configured = weights();
        assertThat(configured).isNotEqualTo(before);
        Files.move(dir.resolve("model.safetensors"), dir.resolve("model-1.safetensors"));
        String renamed = weights();
        assertThat(renamed).isNotEqualTo(configured);
        Files.write(dir.resolve("model-1.safetensors"), new byte[3_000_001]);
        assertThat(weights()).isNotEqualTo(renamed);
    }

    @Test
    void theTokenizerIsAFingerprintOfItsOwn() throws IOException {
        String weights = weights();
        String before = ModelFingerprint.tokenizer(dir);
        Files.writeString(dir.resolve("tokenizer.json"), "{ }");
        assertThat(ModelFingerprint.tokenizer(dir)).isNotEqualTo(before);
        assertThat(weights()).isEqualTo(weights);
        Files.delete(dir.resolve("tokenizer.json"));
        assertThat(ModelFingerprint.tokenizer(dir)).isEmpty();
    }
}
