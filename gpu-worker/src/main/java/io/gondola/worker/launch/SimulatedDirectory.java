package io.gondola.worker.launch;

import io.gondola.launch.ModelSource;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.simulated.SimulatedModel;
import io.gondola.worker.engine.weights.ConfigFile;
import io.gondola.worker.engine.weights.ModelDirectory;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a simulated engine pretends to have loaded, from a model's config.json alone: a worker has no tokenizer that could
 * tell which tokens show as text.
 */
final class SimulatedDirectory {

    private static final int CONTEXT_TOKENS_MAX = 1 << 24;
    private static final int VOCABULARY_SIZE_MAX = 1 << 24;

    private SimulatedDirectory() {}

    static SimulatedModel read(ModelSource source, int slots) throws EngineException {
        ConfigFile config = ModelDirectory.open(source.directory()).config();
        int vocabularySize = config.requireInt("vocab_size", 2, VOCABULARY_SIZE_MAX);
        OptionalInt context = OptionalInt.empty();
        for (String field :
                Stream.of("max_position_embeddings", "n_positions", "n_ctx").toList()) {
            context = context.isPresent() ? context : config.optionalInt(field, 1, CONTEXT_TOKENS_MAX);
        }
        int[] ends = IntStream.of(config.optionalInt("eos_token_id", 0, vocabularySize - 1)
                        .orElse(-1))
                .filter(token -> token >= 0)
                .toArray();
        return SimulatedModel.endless(
                source.name(),
                context.orElseThrow(() -> config.error("no field max_position_embeddings or n_positions")),
                vocabularySize,
                slots,
                ends);
    }
}
