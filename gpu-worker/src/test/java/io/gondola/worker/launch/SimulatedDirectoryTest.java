package io.gondola.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gondola.launch.ModelSource;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.simulated.SimulatedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker pretends to have loaded. */
class SimulatedDirectoryTest {

    @TempDir
    Path directory;

    private SimulatedModel read(String config, EngineOptions options) throws IOException, EngineException {
        Files.writeString(directory.resolve("config.json"), config);
        return SimulatedDirectory.read(new ModelSource("m", directory), options);
    }

    private static String config(String endTokens) {
        return "{\"vocab_size\": 9, \"max_position_embeddings\": 50, \"eos_token_id\": " + endTokens + "}";
    }

    @Test
    void endTokensAreANumberOrAListInEitherFile() throws Exception {
        EngineOptions options = EngineOptions.ofSlots(3);
        assertThat(read(config("4"), options).silentTokens()).containsExactly(4);
        assertThat(read(config("[4, 2]"), options).silentTokens()).containsExactly(4, 2);
        assertThat(read(config("null"), options).silentTokens()).isEmpty();
        Files.writeString(directory.resolve("generation_config.json"), "{\"eos_token_id\": [8, 4]}");
        assertThat(read(config("4"), options).silentTokens()).containsExactly(4, 8);
        assertThatThrownBy(() -> read(config("[4, 9]"), options))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("eos_token_id must be a whole number from 0 to 8, or a list of them, is [4,9]");
    }

    @Test
    void theContextIsTheModelsUnlessAShorterOneIsAskedFor() throws Exception {
        EngineOptions options = EngineOptions.ofSlots(3);
        assertThat(read(config("4"), options).contextTokensMax()).isEqualTo(50);
        assertThat(read(config("4"), options.withContextTokensMax(20)).contextTokensMax())
                .isEqualTo(20);
        assertThatThrownBy(() -> read(config("4"), options.withContextTokensMax(51)))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("the model's context is 50 tokens, less than the 51 asked for (--max-context)");
    }
}
