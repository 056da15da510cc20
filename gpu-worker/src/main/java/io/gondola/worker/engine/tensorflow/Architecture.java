package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.weights.Checkpoint;
import io.gondola.worker.engine.weights.ConfigFile;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A family of models: reads its config.json and knows what its weights are called. */
interface Architecture {

    /** Limits that only a broken config.json exceeds; they keep products of sizes within a long. */
    int LAYERS_MAX = 1024;

    int WIDTH_MAX = 1 << 20;
    int HEADS_MAX = 4096;
    int VOCABULARY_MAX = 1 << 24;
    int CONTEXT_TOKENS_MAX = 1 << 26;

    /** What all call the output layer where it is not the embedding. */
    String HEAD = "lm_head.weight";

    /** Names in config.json's {@code architectures} that it covers; the first is the usual one. */
    List<String> names();

    DecoderDescription describe(String name, ConfigFile config) throws EngineException;

    /** What the embedding is called in the checkpoint. */
    String embedding(Checkpoint checkpoint);

    /** All weights of the graph, named as {@link DecoderGraph} asks for them. */
    List<WeightSpec> weights(DecoderDescription description, ConfigFile config, Checkpoint checkpoint)
            throws EngineException;

    /** What config.json describes. */
    record Recognised(Architecture architecture, DecoderDescription description) {}

    /** Recognises the architecture by {@code model_type} and {@code architectures}. */
    static Recognised recognise(ConfigFile config) throws EngineException {
        Map<String, Architecture> known = known();
        Optional<String> name = config.texts("architectures").stream().findFirst();
        Optional<String> type = config.text("model_type");
        if (name.isEmpty() && type.isEmpty()) {
            throw config.error("names neither model_type nor architectures; known are " + list(known));
        }
        Architecture architecture = type.map(known::get).orElse(null);
        if (type.isEmpty()) {
            architecture = known.values().stream()
                    .filter(candidate -> candidate.names().contains(name.get()))
                    .findFirst()
                    .orElse(null);
        }
        if (architecture == null || (name.isPresent() && !architecture.names().contains(name.get()))) {
            throw config.error("unknown architecture: model_type " + quoted(type) + ", architectures " + quoted(name)
                    + "; known are " + list(known));
        }
        requirePlainWeights(config);
        String shown = name.orElse(architecture.names().get(0));
        return new Recognised(architecture, architecture.describe(shown, config));
    }

    private static void requirePlainWeights(ConfigFile config) throws EngineException {
        if (config.has("quantization_config")) {
            throw config.error("quantization_config: quantised weights are not supported, only F32, F16 and BF16");
        }
    }

    private static Map<String, Architecture> known() {
        Map<String, Architecture> known = new TreeMap<>();
        known.put("gpt2", new Gpt2Architecture());
        known.put("llama", LlamaArchitecture.LLAMA);
        known.put("mistral", LlamaArchitecture.MISTRAL);
        known.put("qwen2", LlamaArchitecture.QWEN2);
        known.put("qwen3", LlamaArchitecture.QWEN3);
        return known;
    }

    private static String list(Map<String, Architecture> known) {
        Set<String> types = known.keySet();
        String names = known.values().stream()
                .flatMap(architecture -> Stream.of(architecture.names().get(0)))
                .collect(Collectors.joining(", "));
        return "model_type " + String.join(", ", types) + " (" + names + ")";
    }

    private static String quoted(Optional<String> value) {
        return value.map(text -> "\"" + text + "\"").orElse("not given");
    }
}
