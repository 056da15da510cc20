package io.gondola.worker.engine.tensorflow;

import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Attention;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Layer;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Learned;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Mlp;
import io.gondola.worker.engine.tensorflow.DecoderDescription.Norm;
import io.gondola.worker.engine.weights.Checkpoint;
import io.gondola.worker.engine.weights.ConfigFile;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** GPT-2: LayerNorm before each part, learned positions, one fused matrix for queries, keys and values. */
final class Gpt2Architecture implements Architecture {

    @Override
    public List<String> names() {
        return List.of("GPT2LMHeadModel", "GPT2Model");
    }

    @Override
    public DecoderDescription describe(String name, ConfigFile config) throws EngineException {
        int hiddenSize = config.requireInt("n_embd", 1, WIDTH_MAX);
        int heads = config.requireInt("n_head", 1, HEADS_MAX);
        if (hiddenSize % heads != 0) {
            throw config.error("n_embd " + hiddenSize + " must be a multiple of n_head " + heads);
        }
        if (config.flag("add_cross_attention", false)) {
            throw config.error("add_cross_attention true is not supported");
        }
        int innerSize = config.optionalInt("n_inner", 1, WIDTH_MAX).orElse(4 * hiddenSize);
        double epsilon = config.number("layer_norm_epsilon", 0, 1, 1e-5);
        // reorder_and_upcast_attn changes the order of rounding only, and only below F32.
        config.flag("reorder_and_upcast_attn", false);
        return new DecoderDescription(
                name,
                config.requireInt("vocab_size", 1, VOCABULARY_MAX),
                config.requireInt("n_positions", 1, CONTEXT_TOKENS_MAX),
                hiddenSize,
                new Norm(true, (float) epsilon),
                new Learned(),
                new Attention(heads, heads, hiddenSize / heads, false),
                layers(config, hiddenSize / heads),
                new Mlp(innerSize, false, Activation.of(config, "activation_function", "gelu_new")),
                config.flag("tie_word_embeddings", true));
    }

    private static List<Layer> layers(ConfigFile config, int headSize) throws EngineException {
        int count = config.requireInt("n_layer", 1, LAYERS_MAX);
        boolean scaled = config.flag("scale_attn_weights", true);
        boolean byInverseIndex = config.flag("scale_attn_by_inverse_layer_idx", false);
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double scale = scaled ? 1 / Math.sqrt(headSize) : 1;
            layers.add(new Layer((float) (byInverseIndex ? scale / (i + 1) : scale), 0));
        }
        return layers;
    }

    @Override
    public String embedding(Checkpoint checkpoint) {
        return prefix(checkpoint) + "wte.weight";
    }

    private static String prefix(Checkpoint checkpoint) {
        return checkpoint.has("transformer.wte.weight") ? "transformer." : "";
    }

    @Override
    public List<WeightSpec> weights(DecoderDescription description, ConfigFile config, Checkpoint checkpoint) {
        String prefix = prefix(checkpoint);
        long width = description.hiddenSize();
        long vocabulary = description.vocabularySize();
        List<WeightSpec> weights = new ArrayList<>();
        weights.add(WeightSpec.of(WeightSpec.EMBEDDING, embedding(checkpoint), true, vocabulary, width));
        weights.add(WeightSpec.of(
                WeightSpec.POSITIONS, prefix + "wpe.weight", true, description.contextTokensMax(), width));
        for (int i = 0; i < description.layers().size(); i++) {
            String from = prefix + "h." + i + ".";
            String to = "layers." + i + ".";
            long inner = description.mlp().size();
            norm(weights, to + "attention_norm", from + "ln_1", width);
            linear(weights, to + "qkv", from + "attn.c_attn", width, width, width, width);
            linear(weights, to + "attention_out", from + "attn.c_proj", width, width);
            norm(weights, to + "mlp_norm", from + "ln_2", width);
            linear(weights, to + "mlp_in", from + "mlp.c_fc", width, inner);
            linear(weights, to + "mlp_out", from + "mlp.c_proj", inner, width);
        }
        norm(weights, "final_norm", prefix + "ln_f", width);
        if (!description.tiedHead()) {
            weights.add(WeightSpec.of("head", HEAD, true, vocabulary, width));
        }
        return weights;
    }

    private static void norm(List<WeightSpec> weights, String to, String from, long width) {
        weights.add(WeightSpec.of(to + ".weight", from + ".weight", false, width));
        weights.add(WeightSpec.of(to + ".bias", from + ".bias", false, width));
    }

    private static void linear(List<WeightSpec> weights, String to, String from, long in, long... outs) {
        long out = LongStream.of(outs).sum();
        List<Integer> ranges = LongStream.of(outs).mapToObj(Math::toIntExact).toList();
        weights.add(
                WeightSpec.of(to + ".weight", from + ".weight", false, in, out).inRanges(ranges));
        weights.add(WeightSpec.of(to + ".bias", from + ".bias", false, out));
    }
}
