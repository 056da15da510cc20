package io.gondola.worker.launch;

import io.gondola.launch.ModelSource;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.simulated.SimulatedModel;
import io.gondola.worker.engine.weights.ConfigFile;
import io.gondola.worker.engine.weights.ModelDirectory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a simulated engine pretends to have loaded, from a model's config.json alone: a worker has no tokenizer that could
 * tell which tokens show as text.
 */
final class SimulatedDirectory {

    private static final int CONTEXT_TOKENS_MAX = 1 << 24;
    private static final int VOCABULARY_SIZE_MAX = 1 << 24;

    private SimulatedDirectory() {}

    static SimulatedModel read(ModelSource source, EngineOptions options) throws EngineException {
        ModelDirectory directory = ModelDirectory.open(source.directory());
        ConfigFile config = directory.config();
        int vocabularySize = config.requireInt("vocab_size", 2, VOCABULARY_SIZE_MAX);
        // A client's stream must not end by a token that the gateway takes for the end.
        List<Integer> ends = new ArrayList<>(config.integers("eos_token_id", 0, vocabularySize - 1));
        Optional<ConfigFile> generation = directory.generationConfig();
        if (generation.isPresent()) {
            ends.addAll(generation.get().integers("eos_token_id", 0, vocabularySize - 1));
        }
        return SimulatedModel.endless(
                source.name(),
                contextTokensMax(config, options.contextTokensMax()),
                vocabularySize,
                options.slots(),
                ends.stream().mapToInt(Integer::intValue).distinct().toArray());
    }

    private static int contextTokensMax(ConfigFile config, int wanted) throws EngineException {
        OptionalInt own = OptionalInt.empty();
        for (String field : List.of("max_position_embeddings", "n_positions", "n_ctx")) {
            own = own.isPresent() ? own : config.optionalInt(field, 1, CONTEXT_TOKENS_MAX);
        }
        int tokens = own.orElseThrow(() -> config.error("no field max_position_embeddings or n_positions"));
        if (wanted > tokens) {
            throw config.shorterContext(tokens, wanted);
        }
        return wanted == 0 ? tokens : wanted;
    }
}
