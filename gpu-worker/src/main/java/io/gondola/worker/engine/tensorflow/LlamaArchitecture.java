package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Attention;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Layer;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Mlp;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Norm;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Rotary;
import io.gondola.worker.engine.weights.Checkpoint;
import io.gondola.worker.engine.weights.ConfigFile;
import java.util.ArrayList;
import java.util.List;

/**
 * Llama and what grew from it: RMSNorm before each part, rotary positions, fewer heads of keys than of queries, a gated
 * feed-forward part. Queries, keys and values become one matrix, gate and up another, so that a layer reads its weights
 * in four multiplications.
 */
enum LlamaArchitecture implements Architecture {
    LLAMA("LlamaForCausalLM"),
    MISTRAL("MistralForCausalLM"),
    /** Biases of queries, keys and values. */
    QWEN2("Qwen2ForCausalLM"),
    /** Norms of queries and keys, head by head. */
    QWEN3("Qwen3ForCausalLM");

    private static final int QWEN3_HEAD_SIZE = 128;
    private static final int MISTRAL_KV_HEADS = 8;
    private static final int QWEN_KV_HEADS = 32;
    private static final int WINDOW_TOKENS = 4096;
    private static final int QWEN_FULL_LAYERS = 28;
    private static final String SLIDING = "sliding_attention";
    private static final String FULL = "full_attention";

    private final String causalName;

    LlamaArchitecture(String causalName) {
        this.causalName = causalName;
    }

    @Override
    public List<String> names() {
        return List.of(causalName);
    }

    @Override
    public DecoderDescription describe(String name, ConfigFile config) throws EngineException {
        int hiddenSize = config.requireInt("hidden_size", 1, WIDTH_MAX);
        int heads = config.requireInt("num_attention_heads", 1, HEADS_MAX);
        int kvHeads = kvHeads(config, heads);
        if (heads % kvHeads != 0) {
            throw config.error(
                    "num_attention_heads " + heads + " must be a multiple of num_key_value_heads " + kvHeads);
        }
        int headSize = headSize(config, hiddenSize, heads);
        UnsupportedFields.refuse(config, headSize);
        int contextTokensMax = config.requireInt("max_position_embeddings", 1, CONTEXT_TOKENS_MAX);
        return new DecoderDescription(
                name,
                config.requireInt("vocab_size", 1, VOCABULARY_MAX),
                contextTokensMax,
                hiddenSize,
                new Norm(false, (float) config.number("rms_norm_eps", 0, 1, 1e-6)),
                new Rotary(RotaryConfig.frequencies(config, headSize, contextTokensMax)),
                new Attention(heads, kvHeads, headSize, this == QWEN3),
                layers(config, headSize),
                new Mlp(
                        config.requireInt("intermediate_size", 1, WIDTH_MAX),
                        true,
                        Activation.of(config, "hidden_act", "silu")),
                config.flag("tie_word_embeddings", false));
    }

    /** null means as many as there are of queries; what is left out has the value that transformers gives it. */
    private int kvHeads(ConfigFile config, int heads) throws EngineException {
        int absent =
                switch (this) {
                    case LLAMA -> heads;
                    case MISTRAL -> MISTRAL_KV_HEADS;
                    case QWEN2, QWEN3 -> QWEN_KV_HEADS;
                };
        int byDefault = config.fields().contains("num_key_value_heads") ? heads : absent;
        return config.optionalInt("num_key_value_heads", 1, HEADS_MAX).orElse(byDefault);
    }

    private int headSize(ConfigFile config, int hiddenSize, int heads) throws EngineException {
        int headSize;
        if (config.has("head_dim")) {
            headSize = config.requireInt("head_dim", 2, WIDTH_MAX / heads);
        } else if (this == QWEN3) {
            headSize = QWEN3_HEAD_SIZE;
        } else if (hiddenSize % heads == 0) {
            headSize = hiddenSize / heads;
        } else {
            throw config.error("hidden_size " + hiddenSize + " must be a multiple of num_attention_heads " + heads);
        }
        if (headSize % 2 != 0) {
            throw config.error("the head size " + headSize + " must be even, for rotary positions");
        }
        return headSize;
    }

    private List<Layer> layers(ConfigFile config, int headSize) throws EngineException {
        int count = config.requireInt("num_hidden_layers", 1, LAYERS_MAX);
        float scale = (float) (1 / Math.sqrt(headSize));
        List<String> types = config.texts("layer_types");
        if (!types.isEmpty() && types.size() != count) {
            throw config.error("layer_types names " + types.size() + " layers of " + count);
        }
        int windowTokens = windowTokens(config, types);
        int fullLayers = fullLayers(config, count);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean sliding = types.isEmpty() ? i >= fullLayers : isSliding(config, types.get(i));
            layers.add(new Layer(scale, sliding ? windowTokens : 0));
        }
        return layers;
    }

    /** How many layers see everything, the window or not, where the types of layers are not given. */
    private int fullLayers(ConfigFile config, int layers) throws EngineException {
        return switch (this) {
            case LLAMA -> layers;
            case MISTRAL -> 0;
            case QWEN2, QWEN3 ->
                config.optionalInt("max_window_layers", 0, Integer.MAX_VALUE).orElse(QWEN_FULL_LAYERS);
        };
    }

    private static boolean isSliding(ConfigFile config, String type) throws EngineException {
        if (!type.equals(SLIDING) && !type.equals(FULL)) {
            throw config.error("layer_types \"" + type + "\" is not supported; supported are " + FULL + ", " + SLIDING);
        }
        return type.equals(SLIDING);
    }

    /** 0 where every token sees all before it. What is left out has the value that transformers gives it. */
    private int windowTokens(ConfigFile config, List<String> types) throws EngineException {
        boolean qwen = this == QWEN2 || this == QWEN3;
        if (qwen && !config.flag("use_sliding_window", false)) {
            return 0;
        }
        boolean hasDefault = this != LLAMA && !config.fields().contains("sliding_window");
        int windowTokens =
                config.optionalInt("sliding_window", 1, Integer.MAX_VALUE).orElse(hasDefault ? WINDOW_TOKENS : 0);
        if (windowTokens == 0 && types.contains(SLIDING)) {
            throw config.error("layer_types names " + SLIDING + ", but sliding_window gives no size");
        }
        return windowTokens;
    }

    @Override
    public String embedding(Checkpoint checkpoint) {
        return prefix(checkpoint) + "embed_tokens.weight";
    }

    private static String prefix(Checkpoint checkpoint) {
        return checkpoint.has("embed_tokens.weight") ? "" : "model.";
    }

    @Override
    public List<WeightSpec> weights(DecoderDescription description, ConfigFile config, Checkpoint checkpoint)
            throws EngineException {
        String prefix = prefix(checkpoint);
        long width = description.hiddenSize();
        long vocabulary = description.vocabularySize();
        boolean attentionBias = (this == LLAMA || this == QWEN3) && config.flag("attention_bias", false);
        boolean mlpBias = this == LLAMA && config.flag("mlp_bias", false);
        List<WeightSpec> weights = new ArrayList<>();
        weights.add(WeightSpec.of(WeightSpec.EMBEDDING, embedding(checkpoint), true, vocabulary, width));
        for (int i = 0; i < description.layers().size(); i++) {
            String from = prefix + "layers." + i + ".";
            String to = "layers." + i + ".";
            norm(weights, to + "attention_norm", from + "input_layernorm", width);
            attention(weights, to, from + "self_attn.", description, attentionBias);
            norm(weights, to + "mlp_norm", from + "post_attention_layernorm", width);
            long inner = description.mlp().size();
            linear(
                    weights,
                    to + "mlp_in",
                    mlpBias,
                    width,
                    new Rows(from + "mlp.gate_proj", inner),
                    new Rows(from + "mlp.up_proj", inner));
            linear(weights, to + "mlp_out", mlpBias, inner, new Rows(from + "mlp.down_proj", width));
        }
        norm(weights, "final_norm", prefix + "norm", width);
        if (!description.tiedHead()) {
            weights.add(WeightSpec.of("head", HEAD, true, vocabulary, width));
        }
        return weights;
    }

    private void attention(
            List<WeightSpec> weights, String to, String from, DecoderDescription description, boolean bias) {
        Attention attention = description.attention();
        long width = description.hiddenSize();
        linear(
                weights,
                to + "qkv",
                bias || this == QWEN2,
                width,
                new Rows(from + "q_proj", attention.querySize()),
                new Rows(from + "k_proj", attention.kvSize()),
                new Rows(from + "v_proj", attention.kvSize()));
        linear(weights, to + "attention_out", bias, attention.querySize(), new Rows(from + "o_proj", width));
        if (attention.headNorms()) {
            norm(weights, to + "q_norm", from + "q_norm", attention.headSize());
            norm(weights, to + "k_norm", from + "k_norm", attention.headSize());
        }
    }

    /** A linear layer of the checkpoint: its name and its outputs. */
    private record Rows(String name, long outputs) {}

    private static void linear(List<WeightSpec> weights, String to, boolean bias, long in, Rows... rows) {
        List<WeightSpec.Part> matrices = new ArrayList<>();
        List<WeightSpec.Part> biases = new ArrayList<>();
        for (Rows row : rows) {
            matrices.add(WeightSpec.part(row.name() + ".weight", row.outputs(), in));
            biases.add(WeightSpec.part(row.name() + ".bias", row.outputs()));
        }
        weights.add(WeightSpec.stacked(to + ".weight", true, matrices));
        if (bias) {
            weights.add(WeightSpec.stacked(to + ".bias", false, biases));
        }
    }

    private static void norm(List<WeightSpec> weights, String to, String from, long width) {
        weights.add(WeightSpec.of(to + ".weight", from + ".weight", false, width));
    }
}
