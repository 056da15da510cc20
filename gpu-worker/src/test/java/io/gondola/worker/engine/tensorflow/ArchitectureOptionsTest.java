package io.gondola.worker.engine.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gondola.worker.engine.EngineException;
import io.gondola.worker.engine.EngineOptions;
import io.gondola.worker.engine.LoadProgress;
import io.gondola.worker.engine.tensorflow.ModelCopy.RawTensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models of random weights with every option of the architectures, against {@link SlowDecoder}. */
class ArchitectureOptionsTest {

    private static final int WIDTH = 24;
    private static final int VOCABULARY = 61;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gpt2 | {}",
                "gpt2 | {\"scale_attn_by_inverse_layer_idx\": true, \"reorder_and_upcast_attn\": true}",
                "gpt2 | {\"scale_attn_weights\": false, \"n_inner\": 17, \"layer_norm_epsilon\": 0.01}",
                "gpt2 | {\"activation_function\": \"gelu\", \"tie_word_embeddings\": false}",
                "gpt2 | {\"activation_function\": \"quick_gelu\", \"n_head\": 1}",
                "gpt2 | {\"activation_function\": \"relu\"}",
                "gpt2 | {\"activation_function\": \"tanh\", \"n_head\": 24}",
                "llama | {}",
                "llama | {\"attention_bias\": true, \"mlp_bias\": true, \"tie_word_embeddings\": true}",
                "llama | {\"num_key_value_heads\": 1, \"head_dim\": 10, \"hidden_act\": \"gelu_pytorch_tanh\"}",
                "llama | {\"num_key_value_heads\": 4, \"rms_norm_eps\": 0.01}",
                "mistral | {\"sliding_window\": 5}",
                "mistral | {\"sliding_window\": null}",
                "mistral | {\"sliding_window\": 33}",
                "qwen2 | {}",
                "qwen2 | {\"use_sliding_window\": true, \"sliding_window\": 7, \"max_window_layers\": 1}",
                "qwen2 | {\"use_sliding_window\": false, \"sliding_window\": 7, \"max_window_layers\": 1}",
                "qwen3 | {\"head_dim\": 14, \"attention_bias\": true, \"num_key_value_heads\": 1}",
                "qwen3 | {\"head_dim\": 4, \"use_sliding_window\": true, \"sliding_window\": 3, \"layer_types\": "
                        + "[\"sliding_attention\", \"full_attention\", \"sliding_attention\"]}",
            })
    void logitsAreThoseOfTheDefinitions(String type, String options) throws Exception {
        ObjectNode config = type.equals("gpt2") ? gpt2() : llama(type);
        config.setAll((ObjectNode) ModelCopy.JSON.readTree(options));
        ModelCopy copy = ModelCopy.empty(directory);
        Random random = new Random(options.hashCode());
        if (type.equals("gpt2")) {
            fillGpt2(copy, config, random);
        } else {
            fillLlama(copy, config, random);
        }
        copy.text("config.json", config.toString());
        copy.writeWeights();
        SlowDecoder slow = new SlowDecoder(config, copy.tensors);
        try (TensorFlowEngine engine =
                TensorFlowEngine.load("m", directory, EngineOptions.ofSlots(2), LoadProgress.NONE)) {
            int[] tokens = random.ints(40, 0, VOCABULARY).toArray();
            for (int length : new int[] {1, 2, 9, 40}) {
                int[] prompt = Arrays.copyOf(tokens, length);
                double[] expected = slow.logits(prompt);
                for (int chunk : new int[] {1, 6, 40}) {
                    float[] actual = EngineLogits.behind(engine, length % 2, prompt, chunk);
                    for (int i = 0; i < actual.length; i++) {
                        assertThat((double) actual[i])
                                .as("logit %s of %s tokens in chunks of %s", i, length, chunk)
                                .isCloseTo(expected[i], within(1e-3));
                    }
                }
            }
        }
    }

    private static ObjectNode gpt2() {
        return ModelCopy.JSON
                .createObjectNode()
                .put("model_type", "gpt2")
                .put("n_embd", WIDTH)
                .put("n_head", 4)
                .put("n_layer", 3)
                .put("n_positions", 50)
                .put("vocab_size", VOCABULARY)
                .put("layer_norm_epsilon", 1e-5)
                .put("activation_function", "gelu_new");
    }

    private static ObjectNode llama(String type) {
        return ModelCopy.JSON
                .createObjectNode()
                .put("model_type", type)
                .put("hidden_size", WIDTH)
                .put("num_attention_heads", 4)
                .put("num_key_value_heads", 2)
                .put("num_hidden_layers", 3)
                .put("intermediate_size", 31)
                .put("max_position_embeddings", 50)
                .put("vocab_size", VOCABULARY)
                .put("rms_norm_eps", 1e-6)
                .put("hidden_act", "silu");
    }

    private static void put(ModelCopy copy, String name, Random random, double size, long... shape) {
        int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) (random.nextGaussian() * size);
        }
        copy.tensors.put(name, RawTensor.of(shape, numbers, "F32"));
    }

    private static void fillGpt2(ModelCopy copy, JsonNode config, Random random) {
        int inner = config.path("n_inner").asInt(4 * WIDTH);
        put(copy, "transformer.wte.weight", random, 1, VOCABULARY, WIDTH);
        put(
                copy,
                "transformer.wpe.weight",
                random,
                0.5,
                config.get("n_positions").intValue(),
                WIDTH);
        for (int i = 0; i < config.get("n_layer").intValue(); i++) {
            String name = "transformer.h." + i + ".";
            for (String norm : new String[] {"ln_1", "ln_2"}) {
                put(copy, name + norm + ".weight", random, 1, WIDTH);
                put(copy, name + norm + ".bias", random, 0.3, WIDTH);
            }
            fillConv(copy, name + "attn.c_attn", random, WIDTH, 3 * WIDTH);
            fillConv(copy, name + "attn.c_proj", random, WIDTH, WIDTH);
            fillConv(copy, name + "mlp.c_fc", random, WIDTH, inner);
            fillConv(copy, name + "mlp.c_proj", random, inner, WIDTH);
        }
        put(copy, "transformer.ln_f.weight", random, 1, WIDTH);
        put(copy, "transformer.ln_f.bias", random, 0.3, WIDTH);
        if (!config.path("tie_word_embeddings").asBoolean(true)) {
            put(copy, "lm_head.weight", random, 0.3, VOCABULARY, WIDTH);
        }
    }

    private static void fillConv(ModelCopy copy, String name, Random random, int in, int out) {
        put(copy, name + ".weight", random, 0.2, in, out);
        put(copy, name + ".bias", random, 0.2, out);
    }

    private static void fillLlama(ModelCopy copy, JsonNode config, Random random) {
        String type = config.get("model_type").textValue();
        boolean attentionBias = config.path("attention_bias").asBoolean(false);
        boolean mlpBias = config.path("mlp_bias").asBoolean(false);
        int headSize = config.path("head_dim").asInt(WIDTH / 4);
        int kvSize = config.get("num_key_value_heads").intValue() * headSize;
        int inner = config.get("intermediate_size").intValue();
        put(copy, "model.embed_tokens.weight", random, 1, VOCABULARY, WIDTH);
        for (int i = 0; i < config.get("num_hidden_layers").intValue(); i++) {
            String name = "model.layers." + i + ".";
            put(copy, name + "input_layernorm.weight", random, 1, WIDTH);
            put(copy, name + "post_attention_layernorm.weight", random, 1, WIDTH);
            boolean qkvBias = attentionBias || type.equals("qwen2");
            fillLinear(copy, name + "self_attn.q_proj", random, WIDTH, 4 * headSize, qkvBias);
            fillLinear(copy, name + "self_attn.k_proj", random, WIDTH, kvSize, qkvBias);
            fillLinear(copy, name + "self_attn.v_proj", random, WIDTH, kvSize, qkvBias);
            fillLinear(copy, name + "self_attn.o_proj", random, 4 * headSize, WIDTH, attentionBias);
            fillLinear(copy, name + "mlp.gate_proj", random, WIDTH, inner, mlpBias);
            fillLinear(copy, name + "mlp.up_proj", random, WIDTH, inner, mlpBias);
            fillLinear(copy, name + "mlp.down_proj", random, inner, WIDTH, mlpBias);
            if (type.equals("qwen3")) {
                put(copy, name + "self_attn.q_norm.weight", random, 1, headSize);
                put(copy, name + "self_attn.k_norm.weight", random, 1, headSize);
            }
        }
        put(copy, "model.norm.weight", random, 1, WIDTH);
        if (!config.path("tie_word_embeddings").asBoolean(false)) {
            put(copy, "lm_head.weight", random, 0.3, VOCABULARY, WIDTH);
        }
    }

    private static void fillLinear(ModelCopy copy, String name, Random random, int in, int out, boolean bias) {
        put(copy, name + ".weight", random, 0.2, out, in);
        if (bias) {
            put(copy, name + ".bias", random, 0.2, out);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "llama | {\"num_key_value_heads\": 3} | num_attention_heads 4 must be a multiple of num_key_value_heads 3",
                "llama | {\"num_attention_heads\": 5, \"num_key_value_heads\": 5} | hidden_size 24 must be a multiple of",
                "llama | {\"head_dim\": 7} | the head size 7 must be even",
                "llama | {\"hidden_act\": \"mish\"} | hidden_act \"mish\" is not supported",
                "llama | {\"intermediate_size\": null} | intermediate_size must be a whole number",
                "llama | {\"rms_norm_eps\": \"1e-6\"} | rms_norm_eps must be a number",
                "llama | {} | tensor \"model.embed_tokens.weight\" is missing, expected one of shape [61, 24]",
                "qwen2 | {\"use_sliding_window\": 1} | use_sliding_window must be true or false",
                "qwen3 | {\"layer_types\": [\"full_attention\"]} | layer_types names 1 layers of 3",
                "qwen3 | {\"layer_types\": [\"a\", \"b\", \"c\"]} | layer_types \"a\" is not supported",
                "mistral | {\"sliding_window\": -1} | sliding_window must be a whole number",
            })
    void brokenConfigurationsAreRefused(String type, String options, String expected) throws Exception {
        ObjectNode config = llama(type);
        config.setAll((ObjectNode) ModelCopy.JSON.readTree(options));
        ModelCopy copy = ModelCopy.empty(directory);
        copy.text("config.json", config.toString());
        copy.writeWeights();
        assertThatThrownBy(() -> TensorFlowEngine.load("m", directory, EngineOptions.ofSlots(2), LoadProgress.NONE)
                        .close())
                .isInstanceOf(EngineException.class)
                .hasMessageContaining(expected);
    }

    /** A context of millions of tokens costs no weights, so only arithmetic can refuse it. */
    @Test
    void aCacheLargerThanTheMachineIsRefusedInWords() throws Exception {
        ObjectNode config = llama("llama").put("max_position_embeddings", 1 << 26);
        ModelCopy copy = ModelCopy.empty(directory);
        fillLlama(copy, config, new Random(1));
        copy.text("config.json", config.toString());
        copy.writeWeights();
        assertThatThrownBy(() -> TensorFlowEngine.load(
                                "m", directory, EngineOptions.ofSlots(EngineOptions.SLOTS_MAX), LoadProgress.NONE)
                        .close())
                .isInstanceOf(EngineException.class)
                .hasMessageMatching(
                        "out of memory: a KV cache of [0-9,]+ MiB was asked for, but the weights take .* and a KV "
                                + "cache that holds one whole context at least [0-9,]+ MiB; .* of which [0-9,]+ MiB are .*");
    }
}
